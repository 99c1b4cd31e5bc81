import Testing
import VMJSON

@testable import VMSupervisor

/// Whose command QEMU gets next.
@Suite struct CommandQueueTests {
    private func command(_ client: Int, _ name: String, size: Int = 20) -> CommandQueue.Command {
        CommandQueue.Command(client: client, name: name, message: [:], size: size)
    }

    /// The names in the order in which QEMU gets them, when it answers each at once.
    private func order(_ queue: inout CommandQueue) -> [String] {
        var names: [String] = []
        while let next = queue.next() {
            names.append(next.name)
            queue.finished(next.client)
        }
        return names
    }

    @Test("QEMU has one command of a client, and two of all")
    func inService() {
        var queue = CommandQueue()
        for name in ["a1", "a2"] { queue.append(command(1, name)) }
        #expect(queue.next()?.name == "a1")
        #expect(queue.next() == nil)
        queue.append(command(2, "b1"))
        queue.append(command(3, "c1"))
        #expect(queue.next()?.name == "b1")
        #expect(queue.next() == nil)
        queue.finished(1)
        #expect(queue.next()?.name == "c1")
        queue.finished(2)
        #expect(queue.next()?.name == "a2")
        #expect(queue.bytes(of: 1) == 0)
    }

    @Test("clients take turns, each in its own order")
    func turns() {
        var queue = CommandQueue()
        for name in ["a1", "a2", "a3"] { queue.append(command(1, name)) }
        for name in ["b1", "b2"] { queue.append(command(2, name)) }
        queue.append(command(3, "c1"))
        #expect(order(&queue) == ["a1", "b1", "c1", "a2", "b2", "a3"])
        // Who has been there for long isn't served before who has just come.
        queue.append(command(1, "a4"))
        queue.append(command(4, "d1"))
        #expect(order(&queue) == ["d1", "a4"])
    }

    @Test("what clients that hung up have sent is one client's, and bounded")
    func departed() {
        var queue = CommandQueue()
        for client in 1...3 { for name in ["x", "y"] { queue.append(command(client, "\(client)\(name)")) } }
        #expect(queue.next()?.name == "1x")
        for client in 1...3 { #expect(queue.depart(client).isEmpty) }
        for name in ["a1", "a2"] { queue.append(command(4, name)) }
        queue.finished(1)
        #expect(order(&queue) == ["1y", "a1", "2x", "a2", "2y", "3x", "3y"])

        for _ in 0..<CommandQueue.departedLimit.commands { queue.append(command(5, "z")) }
        #expect(queue.depart(5).isEmpty)
        queue.append(command(6, "more"))
        #expect(queue.depart(6).map(\.name) == ["more"])
        #expect(queue.removeAll().count == CommandQueue.departedLimit.commands)
        queue.append(command(7, "long", size: CommandQueue.departedLimit.bytes + 1))
        queue.append(command(7, "short"))
        #expect(queue.depart(7).map(\.name) == ["long"])
        #expect(order(&queue) == ["short"])
    }

    @Test("what a client that hung up has with QEMU counts until it is answered")
    func departedInService() {
        var queue = CommandQueue()
        queue.append(command(1, "a"))
        queue.append(command(2, "b"))
        #expect(queue.next()?.name == "a")
        #expect(queue.next()?.name == "b")
        _ = queue.depart(1)
        queue.append(command(3, "c"))
        #expect(queue.next() == nil)
        queue.finished(1)
        // Answered twice is answered once.
        queue.finished(1)
        #expect(queue.next()?.name == "c")
        #expect(queue.next() == nil)
    }
}
