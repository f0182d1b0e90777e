import Testing

@testable import RMBTControl

@Suite struct SubmissionAttemptsTests {
    private static let busy = ControlError.refused(server: "s", status: 503, words: "")
    private static let no = ControlError.refused(server: "s", status: 400, words: "")
    private static let silence = ControlError.silent(server: "s", seconds: 10)

    @Test func `pauses grow, and patience ends`() {
        var attempts = SubmissionAttempts()
        for pause in [0.5, 1, 2, 4] { #expect(attempts.failed(Self.busy) == .again(afterSeconds: pause)) }
        #expect(attempts.failed(Self.busy) == .end(.failed(Self.busy)))
    }

    @Test func `a redirection is a no, since nobody follows it`() {
        var attempts = SubmissionAttempts()
        let elsewhere = ControlError.refused(server: "s", status: 307, words: "")
        #expect(attempts.failed(elsewhere) == .end(.refused(elsewhere)))
    }

    @Test func `a no ends it at once`() {
        var attempts = SubmissionAttempts()
        #expect(attempts.failed(Self.no) == .end(.refused(Self.no)))
    }

    @Test func `after silence nothing is certain any more`() {
        var attempts = SubmissionAttempts()
        #expect(attempts.failed(Self.silence) == .again(afterSeconds: 0.5))
        #expect(attempts.failed(Self.no) == .end(.unconfirmed(Self.no)))
        #expect(attempts.accepted() == .end(.accepted))
        #expect(attempts.gaveUp(Self.busy) == .end(.unconfirmed(Self.busy)))
    }

    @Test(arguments: [408, 429])
    func `later is not never`(status: Int) {
        var attempts = SubmissionAttempts()
        #expect(
            attempts.failed(.refused(server: "s", status: status, words: "")) == .again(afterSeconds: 0.5))
    }
}
