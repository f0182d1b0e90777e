import TestSupport
import Testing

@testable import Btest

@Suite(.onlyComputes) struct DatagramFeedbackTests {
    /// A sender that goes as fast as it may, at most `most`, on a link that carries `capacity` and loses `noise` of everything at random.
    private func received(capacity: Double, noise: Double = 0, cap: Double? = nil, most: Double = 10e9) -> [Double] {
        var feedback = DatagramFeedback(cap: cap)
        return (0..<20).map { _ in
            let sent = min(feedback.limit ?? most, most)
            let received = min(sent * (1 - noise), capacity)
            feedback.reported(sent: sent, received: received)
            return received
        }
    }

    @Test(arguments: [1e6, 50e6, 940e6, 9.4e9])
    func `a link stays full`(capacity: Double) {
        #expect(received(capacity: capacity).allSatisfy { $0 == capacity })
    }

    @Test func `a full link is overloaded by little`() {
        var feedback = DatagramFeedback(cap: nil)
        feedback.reported(sent: 1e9, received: 50e6)
        for _ in 0..<10 {
            let sent = feedback.limit ?? 1e9
            #expect(abs(sent - 51.5e6) < 1)
            feedback.reported(sent: sent, received: 50e6)
        }
    }

    @Test(arguments: [0.05, 0.1, 0.2, 0.3])
    func `loss that no rate cures does not slow the sender down`(noise: Double) {
        let rates = received(capacity: 10e9, noise: noise, most: 1e9)
        #expect(rates.suffix(10).reduce(0, +) / 10 > 0.8 * 1e9 * (1 - noise))
    }

    @Test func `the user's limit always wins`() {
        var feedback = DatagramFeedback(cap: 10e6)
        #expect(feedback.limit == 10e6)
        for received in [10e6, 20e6, 3e6, 3.3e6, 10e6, 10e6, 10e6] {
            feedback.reported(sent: 10e6, received: received)
            #expect(feedback.limit ?? .infinity <= 10e6)
        }
        #expect(feedback.limit == 10e6)
    }

    @Test func `a link that recovers is filled again`() {
        var feedback = DatagramFeedback(cap: nil)
        for _ in 0..<2 {
            feedback.reported(sent: 1e9, received: 0)
            #expect(feedback.limit == nil)
        }
        feedback.reported(sent: 1e9, received: 0)
        #expect(feedback.limit == 100_000)
        var seconds = 0
        while feedback.limit ?? .infinity < 1e9, seconds < 100 {
            feedback.reported(sent: feedback.limit ?? 0, received: feedback.limit ?? 0)
            seconds += 1
        }
        #expect(seconds < 25)
    }
}
