import FleetModel
import Foundation
import Testing

@testable import Store

@Suite("One agent a store")
struct AgentLockTests {
    let place: TemporaryStore

    init() throws {
        place = try TemporaryStore()
    }

    @Test("A second agent is refused and told the first one's process")
    func second() throws {
        let first = try AgentLock(storePath: place.path)
        #expect(throws: StoreError.agentRunning(path: place.path, process: getpid())) {
            try AgentLock(storePath: place.path)
        }
        withExtendedLifetime(first) {}
    }

    @Test("The next agent may run when the first has gone; the lock file stays, for its owner alone")
    func released() throws {
        do { _ = try AgentLock(storePath: place.path) }
        _ = try AgentLock(storePath: place.path)
        #expect(try place.permissions(".lock") == 0o600)
    }

    @Test(
        "What root leaves behind belongs to the store's owner",
        .enabled(if: geteuid() == 0, "only root can give a file away"))
    func ofRoot() throws {
        try place.open().close()
        let nobody: (uid_t, gid_t) = (65_534, 65_534)
        #expect(chown(place.path, nobody.0, nobody.1) == 0)
        do { _ = try AgentLock(storePath: place.path) }
        let owner = try FileManager.default.attributesOfItem(atPath: place.path + ".lock")[.ownerAccountID] as? Int
        #expect(owner == Int(nobody.0))
    }

    @Test("A store has one lock, also by a symbolic link")
    func link() throws {
        try place.open().close()
        let link = place.folder + "/link.db"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: place.path)
        let first = try AgentLock(storePath: place.path)
        #expect(throws: StoreError.agentRunning(path: link, process: getpid())) { try AgentLock(storePath: link) }
        withExtendedLifetime(first) {}
    }

    @Test("The lock keeps nobody from reading, or from recording a manual run")
    func othersGoOn() async throws {
        let lock = try AgentLock(storePath: place.path)
        #expect(try await place.open().keep(Samples.failed(1)) == .recorded)
        #expect(try await place.open(.readOnly).runs().count == 1)
        withExtendedLifetime(lock) {}
    }

    @Test("A lock file that says nonsense costs only the process id")
    func nonsense() throws {
        let first = try AgentLock(storePath: place.path)
        try Data("99999999999999999999 and more".utf8).write(to: URL(fileURLWithPath: place.path + ".lock"))
        #expect(throws: StoreError.agentRunning(path: place.path, process: nil)) {
            try AgentLock(storePath: place.path)
        }
        withExtendedLifetime(first) {}
    }

    @Test("Without the folder there is no lock")
    func folderMissing() throws {
        let path = place.folder + "/none/fleetprobe.db"
        #expect(throws: StoreError.file(.folderMissing, path: path)) { try AgentLock(storePath: path) }
    }
}
