/// A heap that gives its smallest element first.
struct BinaryHeap<Element: Comparable & Sendable>: Sendable {
    /// In no particular order.
    private(set) var elements: [Element] = []

    init() {}

    init(_ elements: [Element]) {
        // A sorted array is a heap.
        self.elements = elements.sorted()
    }

    var first: Element? { elements.first }
    var count: Int { elements.count }

    mutating func insert(_ element: Element) {
        elements.append(element)
        var place = elements.count - 1
        while place > 0, elements[place] < elements[(place - 1) / 2] {
            elements.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func removeFirst() -> Element? {
        guard let first = elements.first, let last = elements.popLast() else { return nil }
        guard !elements.isEmpty else { return first }
        elements[0] = last
        var place = 0
        while true {
            var smallest = place
            for child in [2 * place + 1, 2 * place + 2] where child < elements.count {
                if elements[child] < elements[smallest] { smallest = child }
            }
            guard smallest != place else { return first }
            elements.swapAt(place, smallest)
            place = smallest
        }
    }

    /// Takes the elements that `isTaken` names out, in no particular order.
    mutating func remove(where isTaken: (Element) -> Bool) -> [Element] {
        let taken = elements.filter(isTaken)
        if !taken.isEmpty { elements = elements.filter { !isTaken($0) }.sorted() }
        return taken
    }
}
