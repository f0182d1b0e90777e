import Foundation

/// Something that happened to the agent itself and that explains its results later.
public struct StoreEvent: Sendable, Equatable {
    /// A word for programs. The set is open: what another version wrote reads back as it is.
    public struct Kind: RawRepresentable, Hashable, Sendable {
        public let rawValue: String

        public init(rawValue: String) {
            self.rawValue = rawValue
        }

        public static let agentStarted = Kind(rawValue: "agent-started")
        public static let agentStopped = Kind(rawValue: "agent-stopped")
        public static let fleetLoaded = Kind(rawValue: "fleet-loaded")
        /// A changed fleet file has errors; the agent goes on with the one it had.
        public static let fleetRefused = Kind(rawValue: "fleet-refused")
        public static let clockStepped = Kind(rawValue: "clock-stepped")
        /// From then on results waited, because the store could not keep them.
        public static let resultsNotKept = Kind(rawValue: "results-not-kept")
        /// The results that had waited were kept.
        public static let resultsKept = Kind(rawValue: "results-kept")
        /// Another file took the place of the store and is used from then on.
        public static let storeReplaced = Kind(rawValue: "store-replaced")
        /// A result that the store refuses for its own sake; the message holds what it measured.
        public static let resultRefused = Kind(rawValue: "result-refused")
    }

    public let date: Date
    public let kind: Kind
    /// One sentence for people.
    public let message: String

    public init(date: Date, kind: Kind, message: String) {
        self.date = date
        self.kind = kind
        self.message = message
    }
}
