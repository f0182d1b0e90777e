import Testing

@testable import RMBTControl

@Suite struct ControlURLTests {
    @Test(arguments: [
        ("https://control.example.net", "https://control.example.net/RMBTControlServer/settings"),
        ("https://control.example.net/", "https://control.example.net/RMBTControlServer/settings"),
        ("control.example.net", "https://control.example.net/RMBTControlServer/settings"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080/RMBTControlServer/settings"),
        ("http://[::1]:8080", "http://[::1]:8080/RMBTControlServer/settings"),
        ("https://a.example/RMBTControlServer", "https://a.example/RMBTControlServer/settings"),
        ("https://a.example/behind/it", "https://a.example/behind/it/RMBTControlServer/settings"),
    ])
    func `an address leads to each use of the interface`(text: String, address: String) throws {
        #expect(try #require(ControlURL(text)).address(of: "settings") == address)
    }

    @Test(arguments: [
        "", "ftp://a.example", "https://", "https://u:p@a.example", "https://a.example?x", "https://a.example#x",
        "https://a.example:0", "https://a.example:70000", "https://a b", "https://a.example:18446744073709551617",
        "https://a%00b/", "https://https:99999", "https://b\u{FC}cher.example", "https://[::1]:99999", "https://[::1]x",
        "https://a.example:+1", "https://a.example:-1", "https://a:1:2",
    ])
    func `what is no address is none`(text: String) {
        #expect(ControlURL(text) == nil)
    }

    @Test func `a result goes where the server asks, and never out of TLS`() throws {
        let secure = try #require(ControlURL("https://a.example"))
        let own = "https://a.example/RMBTControlServer/result"
        #expect(secure.resultAddress(nil) == own)
        #expect(secure.resultAddress("https://b.example/r") == "https://b.example/r")
        for asked in ["http://a.example/r", "", "file:///etc/passwd", "https://", "https://u@a.example/r"] {
            #expect(secure.resultAddress(asked) == own)
        }
        let open = try #require(ControlURL("http://a.example"))
        #expect(open.resultAddress("http://a.example/r") == "http://a.example/r")
    }

    /// The libraries that connect end the process for a port beyond 16 bits.
    @Test(arguments: [
        "http://127.0.0.1:99999/r", "http://127.0.0.1:65536/r", "http://127.0.0.1:0/r", "http://127.0.0.1:-1/r",
        "http://[::1]:99999/r", "http://localhost:99999/r", "http://http:99999/r", "http://a%00b/r",
        "http://a%C3%BCb/r",
        "http://b\u{FC}cher.example/r", "http://127.0.0.1:18446744073709551617/r", "http://127.0.0.1:1e3/r",
        "http://127.0.0.1:99999", "http://127.0.0.1:99999?x", "http://:80/r", "http://u:p@127.0.0.1:99999/r",
    ])
    func `a result goes to no host or port that cannot be`(asked: String) throws {
        let open = try #require(ControlURL("http://a.example"))
        #expect(open.resultAddress(asked) == "http://a.example/RMBTControlServer/result")
    }

    @Test func `a result address of absurd length is none`() throws {
        let open = try #require(ControlURL("http://a.example"))
        let own = open.resultAddress(nil)
        #expect(open.resultAddress("http://a.example/" + String(repeating: "r", count: 3000)) == own)
        #expect(open.resultAddress("http://" + String(repeating: "r", count: 300) + "/") == own)
    }
}
