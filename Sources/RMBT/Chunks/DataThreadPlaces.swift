import Synchronization

/// How many threads the streams of a server or a client may have at once. A stream that finds no place goes out on its event loop.
final class DataThreadPlaces: Sendable {
    private let most: Int
    private let taken = Mutex(0)

    init(most: Int) {
        self.most = most
    }

    /// Places that are taken.
    var count: Int { taken.withLock { $0 } }

    /// A place; nil when all are taken.
    func take() -> Place? {
        let isTaken = taken.withLock { taken in
            guard taken < most else { return false }
            taken += 1
            return true
        }
        return isTaken ? Place(of: self) : nil
    }

    /// One thread's place, given back by hand or with the last who holds it.
    final class Place: Sendable {
        private let places: DataThreadPlaces
        private let isHeld = Atomic(true)

        fileprivate init(of places: DataThreadPlaces) {
            self.places = places
        }

        deinit { giveBack() }

        func giveBack() {
            guard isHeld.exchange(false, ordering: .acquiringAndReleasing) else { return }
            places.taken.withLock { $0 -= 1 }
        }
    }
}
