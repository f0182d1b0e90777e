import Foundation

/// What the system says of a failure, in its own words and in lower case: `no space left on device`.
///
/// Foundation says of the same that "the file couldn’t be saved", which tells nobody why.
public enum SystemError {
    public static func words(_ code: Int32) -> String {
        String(cString: strerror(code)).lowercased()
    }

    /// The system's words behind an error of Foundation; other errors in their own.
    public static func words(_ error: any Error) -> String {
        guard let code = code(of: error as NSError, depth: 4) else { return "\(error)" }
        return words(code)
    }

    /// - Returns: the errno; nil where there is none.
    private static func code(of error: NSError, depth: Int) -> Int32? {
        if error.domain == NSPOSIXErrorDomain { return Int32(exactly: error.code) }
        guard depth > 0, let below = error.userInfo[NSUnderlyingErrorKey] as? NSError else { return nil }
        return code(of: below, depth: depth - 1)
    }
}
