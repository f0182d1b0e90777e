/// What became of a result that was handed to the store.
public enum RecordAnswer: Sendable, Equatable {
    /// It is on the disk.
    case recorded
    /// Its slot, or its run id, has a result already; that one stands.
    case alreadyRecorded
}
