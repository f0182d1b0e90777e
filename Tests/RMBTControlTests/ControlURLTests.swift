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
        "https://a.example:0", "https://a.example:70000", "https://a b",
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
}
