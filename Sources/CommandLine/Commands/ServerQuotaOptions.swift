import ArgumentParser
import ServerLimits

/// How much everybody may do at a server, by the address from which they come.
struct ServerQuotaOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Tests at once from one address, or from one /64 of IPv6. Default: as many as --max-sessions.",
            valueName: "n"))
    var maxPerAddress: Int?

    @Option(
        help: ArgumentHelp(
            "For each address, or each /64 of IPv6, within a day, week or month (UTC): day=10G, month-in=200G (repeatable).",
            discussion: "In is what the server receives, out what it sends.", valueName: "period=bytes"),
        transform: QuotaArgument.rule)
    var addressQuota: [QuotaRule] = []

    func validate() throws {
        if let maxPerAddress, maxPerAddress < 1 { throw ValidationError("--max-per-address takes 1 or more.") }
    }
}
