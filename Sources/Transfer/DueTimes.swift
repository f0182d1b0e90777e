/// Which of many waits is over first: a binary heap in which every wait can be moved and taken out.
struct DueTimes {
    private struct Wait {
        let slot: Int
        var instant: Int64
    }

    private var heap: [Wait] = []
    /// Where each slot's wait stands in the heap; -1 for none.
    private var places: [Int] = []

    var count: Int { heap.count }
    /// The earliest instant; nil without a wait.
    var earliest: Int64? { heap.first?.instant }

    /// Lets a slot, from 0, wait until an instant, whatever it waited for before.
    mutating func set(_ slot: Int, at instant: Int64) {
        while places.count <= slot { places.append(-1) }
        let place = places[slot]
        guard place >= 0 else {
            heap.append(Wait(slot: slot, instant: instant))
            places[slot] = heap.count - 1
            return rise(heap.count - 1)
        }
        let before = heap[place].instant
        heap[place].instant = instant
        if instant < before { rise(place) } else { sink(place) }
    }

    /// Ends a slot's wait, if it has one.
    mutating func remove(_ slot: Int) {
        guard places.indices.contains(slot), places[slot] >= 0 else { return }
        let place = places[slot]
        exchange(place, heap.count - 1)
        heap.removeLast()
        places[slot] = -1
        guard place < heap.count else { return }
        rise(place)
        sink(place)
    }

    /// Takes out a slot whose wait is over at `now`; nil where none is.
    mutating func takeDue(at now: Int64) -> Int? {
        guard let first = heap.first, first.instant <= now else { return nil }
        remove(first.slot)
        return first.slot
    }

    private mutating func rise(_ start: Int) {
        var place = start
        while place > 0, heap[place].instant < heap[(place - 1) / 2].instant {
            exchange(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    private mutating func sink(_ start: Int) {
        var place = start
        while true {
            let left = 2 * place + 1
            guard left < heap.count else { return }
            let right = left + 1
            let earlier = right < heap.count && heap[right].instant < heap[left].instant ? right : left
            guard heap[earlier].instant < heap[place].instant else { return }
            exchange(place, earlier)
            place = earlier
        }
    }

    private mutating func exchange(_ one: Int, _ other: Int) {
        heap.swapAt(one, other)
        places[heap[one].slot] = one
        places[heap[other].slot] = other
    }
}
