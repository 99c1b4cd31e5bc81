import Testing
import VMCore

@testable import VMSupervisor

/// How many events of a machine are written down.
@Suite("The budget of events") struct EventBudgetTests {
    private let start = Deadline(nanoseconds: 1_000_000_000_000)

    private func later(_ milliseconds: Int) -> Deadline { start.advanced(by: .milliseconds(milliseconds)) }

    /// How many of `count` events of so many bytes are taken.
    private func taken(_ count: Int, of size: Int, _ budget: inout EventBudget, _ now: Deadline) -> Int {
        var taken = 0
        for _ in 0..<count where budget.take(size, now: now) { taken += 1 }
        return taken
    }

    @Test("a burst is taken, then so much a second, and what is left out is counted")
    func flood() {
        var budget = EventBudget(now: start)
        #expect(taken(1030, of: 1024, &budget, start) == EventBudget.most / 1024)
        #expect(budget.leftOut == 6)
        // It takes none before there is room for two seconds' worth.
        #expect(taken(1, of: 1024, &budget, later(1900)) == 0)
        #expect(taken(1, of: 1024, &budget, later(2010)) == 1)
        let told = budget.tellLeftOut()
        #expect(told == 7 && budget.leftOut == 0)
        #expect(taken(20, of: 1024, &budget, later(2010)) == 2 * EventBudget.rate / 1024 - 1)
    }

    @Test("a long rest earns one burst and no more, one that is larger than all never fits, a clock may go back")
    func rest() {
        var budget = EventBudget(now: start)
        #expect(taken(1, of: EventBudget.most, &budget, start) == 1)
        let tomorrow = start.advanced(by: .seconds(86_400))
        #expect(taken(1, of: EventBudget.most + 1, &budget, tomorrow) == 0)
        #expect(taken(2, of: EventBudget.most, &budget, tomorrow) == 1)
        #expect(taken(1, of: 1, &budget, start) == 0)
        #expect(taken(1, of: 1, &budget, Deadline(nanoseconds: .max)) == 1)
    }
}
