import Testing

@testable import Accounts

@Suite struct AccountNameTests {
    @Test(arguments: ["admin", "ä name", "\"quoted\"", String(repeating: "n", count: 32)])
    func `what a login can carry is a name`(_ name: String) {
        #expect(AccountName.problem(name) == nil)
    }

    @Test(arguments: [
        ("", "A user name cannot be empty."),
        ("a\nb", "A user name has no control characters: \"a\\nb\"."),
        (
            String(repeating: "ü", count: 17),
            "A user name has at most 32 bytes, and \"üüüüüüüüüüüüüüüüü\" has 34."
        ),
    ])
    func `what it cannot carry is refused with the reason`(_ name: String, _ sentence: String) {
        #expect(AccountName.problem(name) == sentence)
    }
}
