import Foundation
import Testing

@testable import Store

@Suite("A store that is deleted or replaced while it is open")
struct ReplacedStoreTests {
    let place: TemporaryStore

    init() throws {
        place = try TemporaryStore()
    }

    /// The store as an agent has it, which holds the lock.
    private func agentStore() throws -> ResultStore {
        try ResultStore(path: place.path, lock: AgentLock(storePath: place.path))
    }

    /// Puts another, empty store in the place of the open one.
    private func replace() throws {
        let next = place.folder + "/next.db"
        try ResultStore(path: next).close()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -10)], ofItemAtPath: next)
        #expect(rename(next, place.path) == 0)
    }

    @Test("A result goes into the store of the name, and its run id keeps it from being there twice")
    func replaced() async throws {
        let store = try place.open()
        #expect(try await store.keep(Samples.failed(1)) == .recorded)
        try replace()
        #expect(try await store.keep(Samples.failed(2)) == .recorded)
        #expect(try await store.keep(Samples.failed(2)) == .alreadyRecorded)
        #expect(try await store.runs().map(\.runID) == [Samples.failed(2).runID])
        #expect(try await store.look()?.contains("another file took the place") == true)
    }

    @Test("What is gone is an error that can pass, and says what to do")
    func gone() async throws {
        let store = try place.open()
        unlink(place.path)
        let error = await #expect(throws: StoreError.self) { try await store.keep(Samples.failed(1)) }
        #expect(error == .file(.gone, path: place.path))
        #expect(error?.isOfTheStore == true)
        #expect(error?.description.contains("put it back, or start this program again") == true)
        #expect(access(place.path, F_OK) != 0)
    }

    @Test("The lock follows to the file that took the place of the store")
    func lockFollows() async throws {
        let store = try agentStore()
        try replace()
        unlink(place.path + ".lock")
        #expect(try await store.look() != nil)
        unlink(place.path + ".lock")
        #expect(throws: StoreError.self) { try AgentLock(storePath: place.path) }
        try store.close()
    }

    @Test("A lock file that is removed lets no second agent in, and is made anew")
    func lockRemoved() async throws {
        let store = try agentStore()
        unlink(place.path + ".lock")
        #expect(throws: StoreError.agentRunning(path: place.path, process: nil)) {
            try AgentLock(storePath: place.path)
        }
        unlink(place.path + ".lock")
        #expect(try await store.look() == nil)
        #expect(throws: StoreError.agentRunning(path: place.path, process: getpid())) {
            try AgentLock(storePath: place.path)
        }
        try store.close()
    }

    @Test("An agent that has the new file already keeps this one out of it")
    func otherAgent() async throws {
        let store = try agentStore()
        try replace()
        unlink(place.path + ".lock")
        let other = try AgentLock(storePath: place.path)
        await #expect(throws: StoreError.self) { try await store.keep(Samples.failed(1)) }
        withExtendedLifetime(other) {}
        #expect(try await place.open().runs().isEmpty)
    }

    @Test("A lock is free again when its owner is gone, also while the process still reads the store")
    func released() async throws {
        let reader = try place.open()
        do { _ = try AgentLock(storePath: place.path) }
        let next = try AgentLock(storePath: place.path)
        try await reader.keep(Samples.failed(1))
        #expect(try await reader.runs().count == 1)
        withExtendedLifetime(next) {}
    }
}
