extension ProbeResult {
    /// The result as every store keeps it and gives it back.
    ///
    /// Samples are thinned (``SampleThinning``). A direction whose rate is no number is left out, and ``RunFlag/invalidRate`` says so.
    /// Each flag is one word. A run with a search for the capacity carries ``RunFlag/capacity``. A run of no job has no slot.
    public var asKept: ProbeResult {
        var kept = self
        kept.flags = flags.map(Self.oneWord)
        kept.download = download.flatMap(Self.asKept)
        kept.upload = upload.flatMap(Self.asKept)
        if (download != nil && kept.download == nil) || (upload != nil && kept.upload == nil) {
            kept.flags.append(RunFlag.invalidRate)
        }
        let hasCapacity = downloadCapacity != nil || uploadCapacity != nil
        if hasCapacity, !kept.flags.contains(RunFlag.capacity) { kept.flags.append(RunFlag.capacity) }
        if jobID == nil { kept.slot = nil }
        return kept
    }

    private static func asKept(_ transfer: TransferResult) -> TransferResult? {
        guard transfer.bitsPerSecond.isFinite else { return nil }
        var kept = transfer
        kept.samples = SampleThinning.thin(transfer.samples)
        return kept
    }

    /// Flags may stand in one text with a space between them.
    private static func oneWord(_ flag: String) -> String {
        flag.split(whereSeparator: \.isWhitespace).joined(separator: "-")
    }
}
