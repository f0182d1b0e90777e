import Files
import Testing

@Suite struct WaitingTests {
    @Test func `what is left of a time is rounded up to milliseconds, and none is left of one that is over`() {
        #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
        #expect(Duration.milliseconds(20).wholeMilliseconds == 20)
        #expect(Duration.microseconds(1_000_001).wholeMilliseconds == 1001)
        #expect(Duration.zero.wholeMilliseconds == 0)
        #expect(Duration.seconds(-1).wholeMilliseconds == 0)
        #expect(Duration.seconds(1 << 40).wholeMilliseconds == 1_000_000_000)
    }

    @Test func `a time is said in seconds, or in milliseconds where it is less than one`() {
        #expect(Duration.seconds(10).brief == "10s")
        #expect(Duration.milliseconds(300).brief == "300ms")
        #expect(Duration.milliseconds(1500).brief == "1.5s")
    }
}
