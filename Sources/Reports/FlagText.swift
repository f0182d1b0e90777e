import FleetModel

/// What the flags of runs mean, as one sentence each for people.
enum FlagText {
    static let remoteCPU = "remote-cpu-bound"

    private static let sentences = [
        "stalled": "Nothing moved for more than a second; that time counts in the rate.",
        remoteCPU: "CPU-bound: the far side was above 70 %; the link may be faster.",
        "local-cpu-bound": "CPU-bound: this host was above 70 %; the link may be faster.",
        "tls-unverified": "The server's certificate was not verified.",
        "reduced-to-one-connection": "The line was so slow that one connection measured it.",
        "end-unconfirmed":
            "The test was cut short after its time was over: the rates were measured, and the server did not confirm their end.",
        "fewer-connections": "Some connections could not be opened; the others measured.",
        RunFlag.clockWrong:
            "This machine's clock was wrong: when the run began is not known, and no statistic takes it.",
        "retried": "An earlier try of the same slot failed.",
        "submission-refused": "The Control Server did not take the result.",
        "submission-failed": "The Control Server could not be reached with the result.",
        "submission-unconfirmed": "Whether the Control Server took the result is not known.",
        "client-rate-differs": "The client's own figure is not the rate of its measured times.",
        "unconfirmed": "No RMBT server counted what the client reported; it stays out of statistics.",
        "rate-exceeded":
            "The far side sent more than the rate that it was asked for; a test that takes far too much ends early.",
        "capacity": "A search for the highest rate at which no more than 1 % of the packets are lost.",
        "capacity-at-least": "No rate that was tried lost more than 1 % of the packets: the way may carry more.",
        "invalid-rate": "A rate was no number and was not kept.",
    ]

    /// The flag as it stands where its meaning is not known.
    static func sentence(_ flag: String) -> String {
        if let sentence = sentences[flag] { return sentence }
        for (mark, words) in [("server:", "Measured against the server"), ("client:", "Measured by the client")] {
            guard flag.hasPrefix(mark), flag.count > mark.count else { continue }
            return "\(words) \(FlagName.decoded(String(flag.dropFirst(mark.count))))."
        }
        return flag
    }
}
