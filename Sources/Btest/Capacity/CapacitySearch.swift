/// Finds the highest rate at which a way loses no more than 1 % of UDP's datagrams: the knee.
///
/// The rate doubles until a step loses more, and then the span between the last good and the first bad rate is narrowed to 5 %. Pure: it
/// says which rate to measure next and is told what came of it. It ends after ``mostSteps`` at the latest, whatever it is told.
public struct CapacitySearch: Sendable, Equatable {
    /// One rate that was tried.
    public struct Step: Sendable, Equatable {
        /// bit/s that the sender was asked for, headers counted.
        public let asked: Double
        /// bit/s that arrived, headers counted.
        public let received: Double
        /// Of the datagrams that were sent, 0 … 1.
        public let loss: Double

        public init(asked: Double, received: Double, loss: Double) {
            self.asked = asked
            self.received = received.isFinite ? max(received, 0) : 0
            self.loss = loss.isFinite ? min(max(loss, 0), 1) : 1
        }

        /// Whether no more was lost than a knee permits.
        public var isGood: Bool { loss <= CapacitySearch.permittedLoss }
    }

    /// Why a search ended.
    public enum Ending: String, Sendable, CaseIterable {
        /// The knee lies between a good and a bad rate that are no further apart than 5 %.
        case found
        /// The highest rate that may be tried was good.
        case ceiling
        /// Little is lost, and yet no more arrives: the sender does not send more.
        case senderLimit = "sender-limit"
        /// As much is lost at one rate as at twice that rate: it does not come from the rate.
        case randomLoss = "random-loss"
        /// More than 1 % is lost however low the rate.
        case lossAtLowestRate = "loss-at-lowest-rate"
        /// The sender sends clearly more than it is asked for.
        case rateIgnored = "rate-ignored"
        /// The time or the steps for the search were used up.
        case limit
    }

    public enum Move: Sendable, Equatable {
        /// To be measured next, in bit/s.
        case measure(Double)
        case done(Ending)
    }

    /// The share of datagrams that may be lost at the knee.
    public static let permittedLoss = 0.01
    /// A search ends after so many steps.
    public static let mostSteps = 26
    /// The first rate, in bit/s: two seconds of it are 166 full packets, so that one in a hundred can be told.
    public static let firstRate = 1e6
    private static let lowestRate = 64_000.0
    /// How far apart a good and a bad rate may stay.
    private static let precision = 1.05
    /// Up to here a loss between two rates that were good and bad may be chance, and is measured once more.
    private static let perhapsChance = 0.1

    private enum Phase: Equatable {
        case climbing
        /// The same rate once more.
        case confirming
        /// Twice the rate of this bad step, to see whether its loss comes from the rate.
        case checking(Step)
        case narrowing(again: Bool)
    }

    private let ceiling: Double
    private var phase = Phase.climbing
    private var good: Step?
    private var bad: Step?
    private var starved = 0

    public private(set) var steps: [Step] = []

    /// - Parameter ceiling: the highest rate that may be tried, in bit/s.
    public init(ceiling: Double) {
        self.ceiling = ceiling.isFinite ? max(ceiling, Self.lowestRate) : Self.lowestRate
    }

    /// Where it begins.
    public var first: Double { min(Self.firstRate, ceiling) }

    /// The highest rate so far that was good; nil where none was.
    public var knee: Step? { good }

    /// Takes what came of a step, and says what is next.
    public mutating func measured(_ step: Step) -> Move {
        steps.append(step)
        // A server that does not count headers sends some 2 % more.
        if step.received > step.asked * 1.25 + 100_000 { return .done(.rateIgnored) }
        let move = next(after: step)
        if case .measure = move, steps.count >= Self.mostSteps { return .done(.limit) }
        return move
    }

    private mutating func next(after step: Step) -> Move {
        switch phase {
        case .climbing:
            if step.isGood { return climb(from: step) }
            // A burst of somebody else's traffic, or a busy moment of a machine, is no knee.
            phase = .confirming
            return .measure(step.asked)
        case .confirming:
            if step.isGood { return climb(from: step) }
            bad = step
            return check(step)
        case .checking(let failed):
            // What failed at half the rate was chance.
            if step.isGood { return climb(from: step) }
            if step.received > failed.received * 1.5 { return .done(.randomLoss) }
            return narrow()
        case .narrowing(let again):
            if step.isGood {
                good = step
            } else if step.loss <= Self.perhapsChance, !again {
                phase = .narrowing(again: true)
                return .measure(step.asked)
            } else {
                bad = step
            }
            return narrow()
        }
    }

    private mutating func climb(from step: Step) -> Move {
        phase = .climbing
        good = step
        bad = nil
        starved = step.received < step.asked * 0.75 ? starved + 1 : 0
        if starved > 1 { return .done(.senderLimit) }
        if step.asked >= ceiling { return .done(.ceiling) }
        return .measure(min(step.asked * 2, ceiling))
    }

    /// Loss of a few percent, or where nothing was good yet, may have nothing to do with the rate.
    private mutating func check(_ step: Step) -> Move {
        guard good == nil || step.loss < 0.2, step.asked * 2 <= ceiling else { return narrow() }
        phase = .checking(step)
        return .measure(step.asked * 2)
    }

    private mutating func narrow() -> Move {
        phase = .narrowing(again: false)
        guard let bad else { return .done(.found) }
        guard let good else {
            let lower = min(max(bad.received * 0.9, bad.asked / 8), bad.asked * 0.7)
            return lower < Self.lowestRate ? .done(.lossAtLowestRate) : .measure(lower)
        }
        guard bad.asked > good.asked * Self.precision else { return .done(.found) }
        // What arrives of too much tells roughly where the knee is.
        let told = bad.received * 0.98
        let isBetween = told > good.asked * 1.04 && told < bad.asked / 1.04
        return .measure(isBetween ? told : (good.asked * bad.asked).squareRoot())
    }
}
