import Testing

@testable import Files

@Suite struct ShellTextTests {
    @Test(arguments: [
        ("/var/lib/users.db", "/var/lib/users.db"), ("my users.db", "'my users.db'"), ("a'b", "'a'\\''b'"), ("", "''"),
        ("$(reboot)", "'$(reboot)'"),
    ])
    func `a shell takes the text for one word`(_ text: String, _ quoted: String) {
        #expect(ShellText.quoted(text) == quoted)
    }
}
