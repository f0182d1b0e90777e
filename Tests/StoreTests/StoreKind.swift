import FleetModel
import TestSupport
import Testing

@testable import Store

/// The kinds of store that keep what the ports promise: each test of ``RunStoreTests`` runs with all of them.
enum StoreKind: CaseIterable, CustomTestStringConvertible {
    case sqlite, memory

    var testDescription: String {
        switch self {
        case .sqlite: "SQLite"
        case .memory: "memory"
        }
    }

    /// A new, empty store.
    ///
    /// - Parameter place: holds its file for as long as it is used.
    func make(in place: TemporaryStore) throws -> Stand {
        switch self {
        case .sqlite:
            return Stand(
                store: try place.open(),
                refuse: { name in
                    try place.execute(
                        """
                        CREATE TRIGGER refused_\(name) BEFORE INSERT ON target WHEN NEW.name = '\(name)'
                        BEGIN SELECT raise(ABORT, 'refused'); END
                        """)
                })
        case .memory:
            let store = MemoryStore()
            return Stand(store: store, refuse: { store.refuse($0) })
        }
    }

    struct Stand {
        let store: any RunStore & RunReading
        /// Lets the store refuse all runs of a target for their own sake.
        let refuse: (String) throws -> Void
    }
}
