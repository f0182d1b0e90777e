import Foundation

/// Finds the token in a submission that is not all there yet, without decoding it.
enum SubmittedTokenScan {
    private static let key = Array("\"test_token\"".utf8)
    private static let longest = 1024

    /// - Parameter start: where to look from; moves on, so that every byte is looked at once.
    /// - Returns: nil where no whole token is there yet.
    static func token(in bytes: [UInt8], from start: inout Int) -> String? {
        var index = start
        while index + key.count <= bytes.count {
            if bytes[index] == key[0], bytes[index..<(index + key.count)].elementsEqual(key),
                let found = value(in: bytes, from: index + key.count)
            {
                guard let text = found else { break }
                return text
            }
            index += 1
        }
        start = index
        return nil
    }

    /// - Returns: nil for what is no text after the key, nil inside where it is not whole yet.
    private static func value(in bytes: [UInt8], from start: Int) -> String?? {
        var index = start
        while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D, 0x3A].contains(bytes[index]) { index += 1 }
        guard index < bytes.count else { return .some(nil) }
        guard bytes[index] == UInt8(ascii: "\"") else { return nil }
        let begin = index
        index += 1
        while index < bytes.count, index - begin <= longest {
            if bytes[index] == UInt8(ascii: "\\") {
                index += 2
                continue
            }
            if bytes[index] == UInt8(ascii: "\"") {
                return try? JSONDecoder().decode(String.self, from: Data(bytes[begin...index]))
            }
            index += 1
        }
        return index - begin > longest ? nil : .some(nil)
    }
}
