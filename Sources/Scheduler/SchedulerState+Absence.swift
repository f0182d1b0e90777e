import FleetModel

/// Rows of slots that passed while nobody was there, or while nothing could be kept.
extension SchedulerState {
    /// The next of them, unless they are to wait.
    mutating func rowsOfAbsence() -> [SchedulerAction] {
        var actions: [SchedulerAction] = []
        while !isHeldBack, actions.count < Self.rowsInOneTurn, let (job, slots) = absence?.takeNext() {
            actions += rows(of: job, slots)
        }
        if absence?.isOver == true { absence = nil }
        return actions
    }

    /// Puts them before what their job records next.
    mutating func inOrder(_ actions: [SchedulerAction]) -> [SchedulerAction] {
        guard absence != nil else { return actions }
        var ordered: [SchedulerAction] = []
        for action in actions {
            if let id = action.jobOfRow, let (job, slots) = absence?.take(id) { ordered += rows(of: job, slots) }
            ordered.append(action)
        }
        return ordered
    }

    private func rows(of job: ProbeJob, _ slots: [Slot]) -> [SchedulerAction] {
        slots.map { slot in
            .recordMissed(
                MissedSlot(
                    jobID: job.id, target: job.target.name, probe: job.probe, slot: slot, sentence: sentence(for: slot))
            )
        }
    }

    /// Why a slot passed without ever waiting.
    private func sentence(for slot: Slot) -> String {
        let (began, ended) = (absence?.began ?? lastTime, absence?.ended ?? lastTime)
        if absence?.wasThere == false, slot.earliestTime < began { return "the agent was not running" }
        if let lastHold, lastHold.span.contains(slot.earliestTime) || lastHold.span.contains(slot.latestTime) {
            return lastHold.sentence
        }
        if ended.milliseconds - began.milliseconds > Self.longestPause {
            return "the clock went from \(began.text) to \(ended.text): it was set, or the machine slept"
        }
        return "there was no time to start it between \(slot.earliestTime.text) and \(slot.latestTime.text)"
    }
}
