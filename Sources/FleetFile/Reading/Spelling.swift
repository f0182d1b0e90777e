/// Guesses which known word somebody meant.
enum Spelling {
    /// The closest of `known`, if it is close enough to be meant.
    ///
    /// - Returns: nil when every known word differs in more than a third of its letters, or `word` is absurdly long.
    static func suggestion(for word: String, among known: some Sequence<String>) -> String? {
        let letters = Array(word.lowercased())
        guard (2...64).contains(letters.count) else { return nil }
        var best: (distance: Int, word: String)?
        for candidate in known {
            let distance = distance(letters, Array(candidate.lowercased()))
            let allowed = max(1, max(letters.count, candidate.count) / 3)
            if distance <= allowed, distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.word
    }

    /// How many letters must be put in, taken out, changed or swapped with their neighbour to make one of the other.
    static func distance(_ left: [Character], _ right: [Character]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...right.count)
        for i in left.indices {
            var row = [i + 1]
            row.reserveCapacity(right.count + 1)
            for j in right.indices {
                let change = last[j] + (left[i] == right[j] ? 0 : 1)
                var best = min(last[j + 1] + 1, row[j] + 1, change)
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, beforeLast[j - 1] + 1)
                }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[right.count]
    }
}
