import Serving

extension CommandFailure {
    /// A file of records that cannot take a line.
    init(_ error: RecordFile.Failure) {
        switch error {
        case .unusable: self.init(.configuration, error.description)
        case .otherHeader: self.init(.badData, error.description)
        }
    }
}
