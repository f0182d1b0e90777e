import Testing

@testable import Reports

@Suite("Numbers in reports")
struct NumberTextTests {
    @Test("Numbers for people are short and never NaN or infinite")
    func people() {
        #expect(NumberText.megabits(94_212_345) == "94.2")
        #expect(NumberText.megabits(512_000) == "0.51")
        #expect(NumberText.megabits(0) == "0.0")
        #expect(NumberText.milliseconds(0.01234) == "12.3")
        #expect(NumberText.milliseconds(0.000_21) == "0.21")
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(NumberText.megabits(value) == "–")
            #expect(NumberText.milliseconds(value) == "–")
            #expect(NumberText.rate(value) == "–")
            #expect(NumberText.percent(value) == "–")
            #expect(NumberText.lossPercent(value) == "–")
            #expect(NumberText.plain(value, decimals: 6) == nil)
        }
    }

    @Test("A percentage says 0 and 100 only where they are exact")
    func percent() {
        #expect(
            [0, 0.001, 0.5, 0.994, 0.9999, 1].map { NumberText.percent($0) } == [
                "0 %", "<1 %", "50 %", ">99 %", ">99 %", "100 %",
            ])
        #expect([0, 0.0001, 0.05].map { NumberText.lossPercent($0) } == ["0 %", "<0.1 %", "5.0 %"])
    }

    @Test("Numbers for machines carry no zeros that say nothing, no exponent and no minus zero")
    func machines() {
        let numbers = [94.212345678, 20, 0.000_000_1, -0.000_000_1, 1e15, 0.1 + 0.2]
        #expect(
            numbers.map { NumberText.plain($0, decimals: 6) } == [
                "94.212346", "20", "0", "0", "1000000000000000", "0.3",
            ])
    }
}
