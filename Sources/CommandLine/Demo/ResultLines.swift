import Agent
import FleetModel
import Foundation

/// Shows results one by one, once the store has them.
struct ResultLines: RunObserver {
    private let hasColour: Bool
    private let began = Date()

    init(hasColour: Bool) {
        self.hasColour = hasColour
    }

    func observe(_ event: RunEvent, _ now: RunsNow) async {
        switch event {
        case .kept(let result): show(result)
        case .left(let count): LogOutput.standardOutput.write("       \(count) lines were left out")
        default: break
        }
    }

    private func show(_ result: ProbeResult) {
        let second = String(format: "%3.0f s", result.startedAt.timeIntervalSince(began))
        let name = "\(result.target)".padding(toLength: 10, withPad: " ", startingAt: 0)
        let probe = result.probe.padding(toLength: 5, withPad: " ", startingAt: 0)
        LogOutput.standardOutput.write("\(second)  \(name) \(probe) \(what(result))")
    }

    private func what(_ result: ProbeResult) -> String {
        switch result.outcome {
        case .failed(let failure): return painted("31", "failed (\(failure.kind.rawValue))") + " \(failure.message)"
        case .skipped(let why), .missed(let why): return painted("33", result.outcome.name) + " \(why)"
        case .measured:
            var parts: [String] = []
            if let download = result.download { parts.append("↓ \(BitRate(bitsPerSecond: download.bitsPerSecond))") }
            if let upload = result.upload { parts.append("↑ \(BitRate(bitsPerSecond: upload.bitsPerSecond))") }
            if let median = result.latency?.median {
                parts.append(String(format: "median latency %.3f ms", median * 1000))
            }
            return painted("32", "measured") + " " + parts.joined(separator: "  ")
        }
    }

    private func painted(_ code: String, _ text: String) -> String {
        hasColour ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
    }
}
