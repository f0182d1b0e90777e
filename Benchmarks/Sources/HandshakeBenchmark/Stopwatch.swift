/// Times one piece of work over and over.
enum Stopwatch {
    /// The median time of `rounds` runs, after a tenth as many that do not count.
    static func median(of rounds: Int, _ work: () throws -> Void) rethrows -> Duration {
        let clock = ContinuousClock()
        for _ in 0..<rounds / 10 {
            try work()
        }
        var times: [Duration] = []
        for _ in 0..<rounds {
            times.append(try clock.measure(work))
        }
        return times.sorted()[times.count / 2]
    }
}
