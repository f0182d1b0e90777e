import Logging
import Sockets

/// Finds what a router can take, or send, over UDP in one direction: a short test for each step of a ``CapacitySearch``.
///
/// A server sets its rate by the command of a test, so each step is a test of its own, with its own login.
public struct BtestCapacityTest: Sendable {
    /// What a search found.
    public struct Outcome: Sendable {
        public var search: CapacitySearch
        /// nil where ``error`` says why it did not come to an end.
        public var ending: CapacitySearch.Ending?
        /// The step whose rate is the knee.
        public var knee: BtestMeasurement?
        public var authentication: BtestAuthentication?
        public var connectRoundTrip: Int64?
        public var error: BtestError?
    }

    private let configuration: BtestClient.Configuration
    private let limit: Duration
    private let monitor: BtestMonitor
    private let logger: Logger

    /// Between two tests, so that the server has ended the one before.
    private static let pause = Duration.milliseconds(100)
    /// A server that is busy with the end of the last test is asked again so often.
    private static let mostRetries = 2

    /// - Parameters:
    ///   - configuration: over UDP and in one direction; its duration is a step's and its rate the highest to try.
    ///   - limit: for the whole search; a step that has begun is not cut off.
    public init(
        _ configuration: BtestClient.Configuration, limit: Duration, monitor: BtestMonitor = BtestMonitor(),
        logger: Logger = Logger(label: "btest") { _ in SwiftLogNoOpLogHandler() }
    ) {
        self.configuration = configuration
        self.limit = limit
        self.monitor = monitor
        self.logger = logger
    }

    /// The highest rate that is tried where the configuration has none, in bit/s: what the command's field carries.
    public static let highestRate = Double(UInt32.max)

    public func run() async -> Outcome {
        let deadline = MonotonicClock.now() + limit.wholeNanoseconds
        var outcome = Outcome(search: CapacitySearch(ceiling: configuration.bitsPerSecond ?? Self.highestRate))
        var rate = outcome.search.first
        var retries = 0
        while true {
            var configuration = configuration
            configuration.bitsPerSecond = rate
            let measurement = await BtestClient(configuration, monitor: monitor, logger: logger).run()
            outcome.authentication = measurement.authentication ?? outcome.authentication
            outcome.connectRoundTrip = outcome.connectRoundTrip ?? measurement.connectRoundTrip
            switch step(of: measurement, asked: rate, isFirst: outcome.search.steps.isEmpty) {
            case .failure(let error):
                guard error != .stopped, retries < Self.mostRetries, !outcome.search.steps.isEmpty,
                    MonotonicClock.now() < deadline
                else {
                    outcome.error = error
                    return outcome
                }
                retries += 1
                try? await Task.sleep(for: .milliseconds(500))
                continue
            case .success(let step):
                retries = 0
                let move = outcome.search.measured(step)
                logger.info(
                    "step",
                    metadata: [
                        "asked_bps": .stringConvertible(step.asked.rounded()),
                        "received_bps": .stringConvertible(step.received.rounded()),
                        "loss": .stringConvertible((step.loss * 1e4).rounded() / 1e4),
                    ])
                if outcome.search.knee == step { outcome.knee = measurement }
                switch move {
                case .done(let ending):
                    outcome.ending = ending
                    return outcome
                case .measure(let next): rate = next
                }
            }
            let left = deadline - MonotonicClock.now()
            guard left > self.configuration.duration.wholeNanoseconds else {
                outcome.ending = .limit
                return outcome
            }
            try? await Task.sleep(for: Self.pause)
        }
    }

    private func step(
        of measurement: BtestMeasurement, asked: Double, isFirst: Bool
    ) -> Result<CapacitySearch.Step, BtestError> {
        if let error = measurement.error {
            // Once some came, none at a higher rate is what that rate did.
            if case .noDatagrams = error, !isFirst { return .success(.init(asked: asked, received: 0, loss: 1)) }
            return .failure(error)
        }
        let transfer = configuration.direction == .upload ? measurement.upload : measurement.download
        let received = transfer?.rate?.bitsPerSecond ?? 0
        guard let packets = transfer?.packets else {
            return .success(.init(asked: asked, received: received, loss: 1 - received / asked))
        }
        let all = Double(packets.received) + Double(packets.lost)
        return .success(.init(asked: asked, received: received, loss: all > 0 ? Double(packets.lost) / all : 1))
    }
}
