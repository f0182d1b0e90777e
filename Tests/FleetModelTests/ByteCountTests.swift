import Testing

@testable import FleetModel

@Suite struct ByteCountTests {
    @Test(arguments: [
        ("0", 0), ("1", 1), ("10G", 10_000_000_000), ("1.5k", 1500), ("200m", 200_000_000), ("2T", 2_000_000_000_000),
        ("0.1", 0),
    ])
    func `bytes are read with decimal multiples`(_ text: String, _ bytes: Int64) {
        #expect(ByteCount(parsing: text)?.bytes == bytes)
    }

    @Test(arguments: ["", "G", "-1", "1 G", "1GB", "1e3", "inf", "0x10", "99999999999T", "9999999999999999999"])
    func `anything else is no number of bytes`(_ text: String) {
        #expect(ByteCount(parsing: text) == nil)
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (10_000_000_000, "10.0 GB"), (Int64.max, "9223 PB"),
    ])
    func `bytes are written in the shortest usual form`(_ bytes: Int64, _ text: String) {
        #expect(ByteCount(bytes: bytes).description == text)
    }
}
