import NIOCore

/// The body of one request while it is read: bounded, and beyond a head only for who shows a token.
///
/// Strangers' bytes and those of submissions are counted apart: whoever has no token cannot take the room of who has one.
struct BodyReading {
    enum Problem: Error, Equatable {
        case tooLarge
        /// All that may be held is held at present.
        case noRoom
        /// A large body without a token in it that was made here.
        case noToken
        /// The client went away, or its time is over.
        case brokenOff
    }

    /// A token is looked for in so many bytes; some clients write it behind their tuples.
    static let longestHead = 1 << 20

    private let limit: Int
    private let source: String
    private let strangers: BodyBudget
    private let submissions: BodyBudget
    private let isToken: (String) -> Bool
    private(set) var bytes: [UInt8] = []
    private var hasToken = false
    private var searched = 0

    init(
        limit: Int, source: String, strangers: BodyBudget, submissions: BodyBudget, isToken: @escaping (String) -> Bool
    ) {
        self.limit = limit
        self.source = source
        self.strangers = strangers
        self.submissions = submissions
        self.isToken = isToken
    }

    mutating func append(_ piece: ByteBuffer) throws(Problem) {
        guard piece.readableBytes <= limit - bytes.count else { throw .tooLarge }
        guard (hasToken ? submissions : strangers).take(piece.readableBytes, for: source) else { throw .noRoom }
        bytes.append(contentsOf: piece.readableBytesView)
        guard !hasToken, bytes.count > ControlRouter.smallBody else { return }
        if let token = SubmittedTokenScan.token(in: bytes, from: &searched) {
            guard isToken(token) else { throw .noToken }
            guard submissions.take(bytes.count, for: source) else { throw .noRoom }
            strangers.giveBack(bytes.count, of: source)
            hasToken = true
        } else if bytes.count > Self.longestHead {
            throw .noToken
        }
    }

    /// Must follow once, however the reading ended.
    mutating func end() {
        (hasToken ? submissions : strangers).giveBack(bytes.count, of: source)
        bytes = []
    }
}
