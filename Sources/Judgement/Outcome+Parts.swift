import FleetModel

extension ProbeResult.Outcome {
    /// The failure of a run that failed.
    package var failure: ProbeFailure? {
        guard case .failed(let failure) = self else { return nil }
        return failure
    }

    /// Why a run did not begin: the sentence of a skipped or missed one.
    package var reason: String? {
        switch self {
        case .measured, .failed: nil
        case .skipped(let sentence), .missed(let sentence): sentence
        }
    }

    /// The sentence of anything but a measured run.
    package var sentence: String? { failure?.message ?? reason }
}
