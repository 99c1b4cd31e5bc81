import Foundation
import Testing
import VMCore

@Suite struct ReactorTests {
    @Test("timers fire in the order of their deadlines, cancelled ones not at all")
    func timers() throws {
        let reactor = try Reactor()
        var seen: [Int] = []
        let start = Deadline.now
        reactor.schedule(at: start.advanced(by: .milliseconds(20))) {
            seen.append(2)
            reactor.stop()
        }
        reactor.schedule(at: start.advanced(by: .milliseconds(10))) { seen.append(1) }
        reactor.cancel(reactor.schedule(at: start) { seen.append(0) })
        try reactor.run()
        #expect(seen == [1, 2])
    }

    @Test("a descriptor's handler may forget another one that is ready in the same turn")
    func forgetting() throws {
        let reactor = try Reactor()
        var pipes: [[Int32]] = []
        for _ in 0..<2 {
            var pair: [Int32] = [0, 0]
            pipe(&pair)
            write(pair[1], "x", 1)
            pipes.append(pair)
        }
        var calls = 0
        for (index, pair) in pipes.enumerated() {
            try reactor.watch(pair[0]) { readiness in
                #expect(readiness.readable)
                calls += 1
                reactor.forget(pipes[1 - index][0])
                reactor.forget(pair[0])
            }
        }
        try reactor.turn(until: .after(.seconds(5)))
        try reactor.turn(until: .now)
        #expect(calls == 1)
        for pair in pipes { pair.forEach { close($0) } }
    }
}
