/// The runs of one kind that are due, the most urgent first.
struct WaitingLine: Sendable {
    private(set) var runs: [WaitingRun] = []
    /// The earliest time at which one of them is too late, or an earlier one.
    private(set) var firstLatest: WallTime?
    /// What kept the whole line when it was last gone through, also the runs that were not looked at then.
    private var heldBy: Admission.Obstacle?

    mutating func insert(_ run: WaitingRun) {
        var low = 0
        var high = runs.count
        while low < high {
            let middle = (low + high) / 2
            if runs[middle] < run { low = middle + 1 } else { high = middle }
        }
        runs.insert(run, at: low)
        firstLatest = min(firstLatest ?? run.latest, run.latest)
    }

    /// Takes out the runs that can no longer start.
    mutating func removeExpired(at now: WallTime) -> [WaitingRun] {
        guard let firstLatest, firstLatest < now else { return [] }
        return remove { $0.latest < now }.map { run in
            var run = run
            run.obstacle = run.obstacle ?? heldBy
            return run
        }
    }

    /// Takes out the runs that `isTaken` names, in their order.
    mutating func remove(where isTaken: (WaitingRun) -> Bool) -> [WaitingRun] {
        let taken = runs.filter(isTaken)
        if !taken.isEmpty { runs.removeAll(where: isTaken) }
        findFirstLatest()
        return taken
    }

    /// Without a copy of any run: thousands can wait, and each end of a run comes here.
    private mutating func findFirstLatest() {
        firstLatest = nil
        for index in runs.indices { firstLatest = min(firstLatest ?? runs[index].latest, runs[index].latest) }
    }

    /// - Parameter indices: ascending.
    private mutating func remove(at indices: [Int]) {
        guard let last = indices.last else { return }
        if last == indices.count - 1 {
            runs.removeSubrange(...last)
        } else {
            for index in indices.reversed() { runs.remove(at: index) }
        }
        findFirstLatest()
    }

    /// Starts what may start, in order; a run may pass another that waits for something else.
    ///
    /// - Parameter admission: is told of each start.
    mutating func startAdmitted(_ admission: inout Admission) -> [WaitingRun] {
        var started: [WaitingRun] = []
        var startedIndices: [Int] = []
        heldBy = nil
        for index in runs.indices {
            let obstacle = admission.obstacle(for: runs[index].request)
            runs[index].obstacle = obstacle
            if obstacle == nil {
                admission.runStarted(runs[index].request)
                started.append(runs[index])
                startedIndices.append(index)
            } else if obstacle?.holdsAll == true {
                heldBy = obstacle
                break
            }
        }
        remove(at: startedIndices)
        return started
    }

    /// Gives every run the newest form of its request.
    mutating func update(_ change: (RunRequest) -> RunRequest) {
        let old = runs
        runs = []
        firstLatest = nil
        for var run in old {
            run.request = change(run.request)
            insert(run)
        }
    }
}
