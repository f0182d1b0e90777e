import Foundation

/// Names inside flags, which are words with blanks between them: a blank of a name is percent-encoded.
public enum FlagName {
    /// The name as a part of one word.
    public static func encoded(_ name: String) -> String {
        var word = ""
        for scalar in name.unicodeScalars {
            if scalar == "%" || scalar.properties.isWhitespace || scalar.value < 0x20 {
                for byte in String(scalar).utf8 {
                    let digits = String(byte, radix: 16, uppercase: true)
                    word += "%" + (digits.count == 1 ? "0" : "") + digits
                }
            } else {
                word.unicodeScalars.append(scalar)
            }
        }
        return word
    }

    /// The name of such a word; a word that is encoded otherwise stays as it is.
    public static func decoded(_ word: String) -> String {
        word.removingPercentEncoding ?? word
    }
}
