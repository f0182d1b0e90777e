import Agent
import ArgumentParser
import FleetModel
import Foundation
import Reports

/// `probe report`: a period of the store as a page and two tables.
struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Write a report: index.html, runs.csv and summary.csv.",
        discussion: """
            Without --out they go into a folder of the period under the fleet file's `reports`. A store whose
            results came from elsewhere, such as a Control Server's, needs no fleet file.

              probe report --last 7d
              probe report --db results.db --out today
              probe report --from 2026-11-01 --to 2026-12-01 --group towers
            """)

    @Option(help: ArgumentHelp("The time until now, for example 24h or 7d.", valueName: "duration"))
    var last: DurationArgument?

    @Option(
        help: ArgumentHelp(
            "Begin of the period: 2026-11-21 or 2026-11-21T02:00 in the fleet file's `timezone`, or 2026-11-21T02:00:00Z.",
            valueName: "time"))
    var from: TimeArgument?

    @Option(help: ArgumentHelp("End of the period (exclusive), in the same form.", valueName: "time"))
    var to: TimeArgument?

    @Option(help: ArgumentHelp("Write the files into this folder.", valueName: "dir"))
    var out: String?

    @Option(help: ArgumentHelp("This target only (repeatable).", valueName: "name"))
    var target: [String] = []

    @Option(help: ArgumentHelp("Targets of this group only (repeatable).", valueName: "name"))
    var group: [String] = []

    @Option(help: ArgumentHelp("Targets with this tag only (repeatable).", valueName: "key=value"))
    var tag: [String] = []

    @OptionGroup var options: FleetOptions

    func validate() throws {
        guard (from == nil) == (to == nil), last == nil || from == nil else {
            throw ValidationError("Give --last, or --from with --to; nothing is --last 24h.")
        }
        guard tag.allSatisfy({ $0.contains("=") }) else { throw ValidationError("--tag takes KEY=VALUE.") }
    }

    func run() async throws {
        let fleet = try FleetLookup.loadIfAny(options)
        let path = options.db ?? fleet?.storePath ?? ""
        let store = try OpenStore.forReading(path)
        let now = Date()
        let zone = fleet?.timeZone ?? .gmt
        guard let period = period(until: now, zone) else {
            throw UsageFailure("--from must be before --to").reported()
        }
        let target = target.map(FleetName.normalized)
        let selection = TargetSelection(names: target, groups: group, tags: tag)
        let folder = out ?? (fleet?.reportsPath ?? "reports") + "/" + folderName(period, ReportTime(zone: zone))
        do {
            let unlisted = target.filter { fleet?.target(named: $0) == nil }
            // A target stays in the store when it leaves the file.
            let stored = unlisted.isEmpty ? [] : Set(try await store.targets().map(\.name))
            if let unknown = unlisted.first(where: { !stored.contains($0) }) {
                let places = [fleet?.path, path].compactMap(\.self).joined(separator: " or ")
                throw UsageFailure("there is no target \(unknown.debugDescription) in \(places)").reported()
            }
            if !group.isEmpty || !tag.isEmpty {
                guard let fleet else {
                    throw UsageFailure("groups and tags are in a fleet file: name it with --fleet").reported()
                }
                guard fleet.targets.contains(where: selection.includes) else {
                    throw UsageFailure("no target in \(fleet.path) has this group and these tags").reported()
                }
            }
            let input = try await ReportSource(fleet: fleet, store: store).input(period, selection, generatedAt: now)
            Terminal.output(try ReportWriter(folder: folder).write(input) + "\n")
        } catch let error as any RunStoreError {
            throw OpenStore.failure(error).reported()
        } catch let error as ReportWriter.Failure {
            throw CommandFailure(.configuration, error.description).reported()
        }
    }

    /// - Returns: nil where it would end before it begins.
    private func period(until now: Date, _ zone: TimeZone) -> Range<Date>? {
        if let from, let to {
            let (begin, end) = (from.value.date(in: zone), to.value.date(in: zone))
            return begin < end ? begin..<end : nil
        }
        return now.addingTimeInterval(-(last?.value.inSeconds ?? 86_400))..<now
    }

    /// `2026-11-21-last-24h`, or `2026-11-01_2026-12-01`; days of the fleet's zone.
    private func folderName(_ period: Range<Date>, _ time: ReportTime) -> String {
        let end = time.day(period.upperBound)
        guard from != nil else { return "\(end)-last-\(DurationText.format(last?.value ?? .seconds(86_400)))" }
        return "\(time.day(period.lowerBound))_\(end)"
    }
}
