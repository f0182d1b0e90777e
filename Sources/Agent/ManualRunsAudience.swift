import Probes

/// Who asked for tests and watches them.
package protocol ManualRunsAudience: Sendable {
    /// Shows how a test goes that this process runs.
    ///
    /// - Parameter work: runs the test; to be called once.
    func watch<Value: Sendable>(
        _ wanted: ManualRuns.Wanted, _ monitor: ProbeMonitor, while work: @escaping @Sendable () async -> Value
    ) async -> Value

    /// There will be no result of a test.
    func missed(_ missing: ManualRuns.Missing)
}
