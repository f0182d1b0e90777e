import Foundation
import Synchronization

@testable import RMBTControl

/// Keeps results in memory, with the store's rule of one result a test.
final class MemoryResults: ControlResults {
    private let kept = Mutex<[ControlResult]>([])

    var all: [ControlResult] { kept.withLock { $0 } }

    func store(_ result: ControlResult) async throws -> Bool {
        kept.withLock { kept in
            guard !kept.contains(where: { $0.id == result.id }) else { return false }
            kept.append(result)
            return true
        }
    }

    func result(of test: UUID) async throws -> StoredControlResult? {
        all.first { $0.id == test }.map(Self.stored)
    }

    func history(of client: UUID, limit: Int) async throws -> [StoredControlResult] {
        all.filter { $0.client == client }.sorted { $0.startedAt > $1.startedAt }.prefix(limit).map(Self.stored)
    }

    private static func stored(_ result: ControlResult) -> StoredControlResult {
        var stored = StoredControlResult(
            id: result.id, startedAt: result.startedAt, server: result.server, clientName: result.clientName,
            wasInterrupted: result.wasInterrupted, download: result.download, upload: result.upload,
            latency: result.pings.first.map { Double($0) * 1e-9 }, pingCount: result.pings.count,
            rateDiffers: result.rateDiffers)
        stored.isUnconfirmed = result.isUnconfirmed
        return stored
    }
}
