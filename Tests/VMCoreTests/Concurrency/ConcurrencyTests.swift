import Glibc
import Synchronization
import Testing

@testable import VMCore

/// Waits without threads, and the threads that work.
@Suite("Waiting without a thread", .timeLimit(.minutes(40)))
struct ConcurrencyTests {
    @Test("a blocking run gives back what its body does, and throws what it throws")
    func blocking() throws {
        var log: [Int] = []
        let sum = try runBlocking { () async throws(VMError) -> Int in
            for number in 1...3 { log.append(number) }
            return log.reduce(0, +)
        }
        #expect(sum == 6 && log == [1, 2, 3])
        let error = #expect(throws: VMError.self) {
            try runBlocking { () async throws(VMError) -> Int in throw VMError(.busy, "taken") }
        }
        #expect(error?.code == .busy)
    }

    @Test("a blocking run stays on its thread, and waits for a body that suspends")
    func blockingSuspends() throws {
        let thread = pthread_self()
        let same = try runBlocking { () async throws(VMError) -> [Bool] in
            var same = [pthread_equal(thread, pthread_self()) != 0]
            try await AsyncWait.sleep(until: .after(.milliseconds(20)))
            same.append(pthread_equal(thread, pthread_self()) != 0)
            return same
        }
        #expect(same == [true, true])
    }

    @Test("a descriptor is seen by all who wait for it")
    func readable() async throws {
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let (reader, writer) = (ends[0], ends[1])
        #expect(try await !AsyncWait.isReadable(reader, by: .after(.milliseconds(20))))
        let waits = (0..<5).map { _ in Task { try await AsyncWait.isReadable(reader, by: .after(.seconds(30))) } }
        let cancelled = Task { try await AsyncWait.isReadable(reader, by: .distantFuture) }
        try await Task.sleep(for: .milliseconds(20))
        cancelled.cancel()
        #expect(try await !cancelled.value)
        var byte: UInt8 = 1
        write(writer, &byte, 1)
        for wait in waits { #expect(try await wait.value) }
        #expect(try await AsyncWait.isReadable(reader, by: .now))
    }

    @Test("a wait leaves no descriptor open")
    func noLeaks() async throws {
        func open() throws -> Int { try Folders.list("/proc/self/fd").count }
        var ends: [Int32] = [0, 0]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        defer { for end in ends { close(end) } }
        let reader = ends[0]
        _ = try await AsyncWait.isReadable(reader, by: .after(.milliseconds(1)))
        let before = try open()
        for _ in 0..<2000 { _ = try await AsyncWait.isReadable(reader, by: .after(.microseconds(10))) }
        try await Task.sleep(for: .milliseconds(50))
        // Other tests open files meanwhile.
        #expect(try open() < before + 1000)
    }

    @Test("places are given in turn; who gives up or is too late loses none")
    func slots() async throws {
        let slots = AsyncSlots(1)
        #expect(try await slots.take(by: .now))
        #expect(try await !slots.take(by: .after(.milliseconds(10))))
        let cancelled = Task { try await slots.take(by: .distantFuture) }
        let waiting = Task { try await slots.take(by: .after(.seconds(30))) }
        try await Task.sleep(for: .milliseconds(20))
        cancelled.cancel()
        #expect(try await !cancelled.value)
        slots.giveBack()
        #expect(try await waiting.value)
        slots.giveBack()
        #expect(try await slots.take(by: .now))
    }

    @Test("work goes on beside threads that are held up")
    func heldUp() async throws {
        let pool = WorkerPool.shared
        let flag = Flag()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<WorkerPool.width * 3 {
                group.addTask(executorPreference: pool) {
                    while !flag.isUp.load(ordering: .relaxed) { Poll.sleep(.milliseconds(5)) }
                }
            }
            group.addTask(executorPreference: pool) { flag.isUp.store(true, ordering: .relaxed) }
        }
    }
}

private final class Flag: Sendable {
    let isUp = Atomic(false)
}
