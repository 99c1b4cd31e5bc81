import Foundation
import Testing
@testable import VMCore

@Suite("Open files handed to a process that runs already", .serialized) struct DescriptorHandoverTests {
    private let soon = Deadline.after(.seconds(10))

    /// A file with a line in it.
    private func file(_ text: String, in folder: TemporaryFolder) throws -> FileDescriptor {
        let path = "\(folder.path)/\(text)"
        try Files.write(Array(text.utf8), to: path, durable: false)
        return try FileDescriptor.open(path, flags: O_RDONLY)
    }

    private func contents(of number: Int32) -> String {
        var room = [UInt8](repeating: 0, count: 64)
        let count = pread(number, &room, room.count, 0)
        return String(decoding: room.prefix(max(count, 0)), as: UTF8.self)
    }

    @Test("each file arrives under its number, more of them than one message carries")
    func arrive() throws {
        let folder = try TemporaryFolder()
        let (near, far) = try Socket.pair().release()
        defer { close(near) }
        var raw: [Int32] = []
        defer { for number in raw { close(number) } }
        for index in 0..<40 { raw.append(try file("file \(index)", in: folder).release()) }
        let files = raw.enumerated().map { SpawnRequest.Descriptor($1, as: 400 + Int32($0)) }
        try DescriptorHandover.send(files, over: near, deadline: soon)
        #expect(try DescriptorHandover.receive(from: far, deadline: soon))
        for index in 0..<40 {
            #expect(contents(of: 400 + Int32(index)) == "file \(index)")
            // A child of the receiver is to have it.
            #expect(fcntl(400 + Int32(index), F_GETFD) & FD_CLOEXEC == 0)
            close(400 + Int32(index))
        }
        close(far)
    }

    @Test("a file may go where another one lies")
    func inTheWay() throws {
        let folder = try TemporaryFolder()
        // Numbers that are this test's alone: others open files at the same time, which get the lowest free ones.
        func put(_ text: String, at number: Int32) throws -> Int32 {
            let file = try file(text, in: folder)
            return try #require(dup2(file.raw, number) == number ? number : nil)
        }
        var files = [try put("a", at: 450), try put("b", at: 451), try put("c", at: 452)]
        try DescriptorHandover.place(&files, at: [451, 450, 453])
        #expect(contents(of: 451) == "a" && contents(of: 450) == "b" && contents(of: 453) == "c")
        // What they lay under is elsewhere now, to be closed.
        #expect(files.allSatisfy { $0 > 453 })
        for number in files + [450, 451, 453] { close(number) }
    }

    @Test("a file may go where the socket itself lies")
    func onTheSocket() throws {
        let folder = try TemporaryFolder()
        let (near, far) = try Socket.pair().release()
        defer { close(near) }
        let a = try file("a", in: folder)
        try DescriptorHandover.send([.init(a.raw, as: far)], over: near, deadline: soon)
        #expect(try DescriptorHandover.receive(from: far, deadline: soon))
        #expect(contents(of: far) == "a")
        close(far)
    }

    @Test("a sender that ends without a word hands nothing over")
    func nothing() throws {
        let (near, far) = try Socket.pair().release()
        defer { close(far) }
        close(near)
        #expect(try !DescriptorHandover.receive(from: far, deadline: soon))
    }

    @Test("numbers that don't fit the files are refused", arguments: ["7 8\n", "seven\n", "-1\n", "99999\n", ""])
    func wrong(_ line: String) throws {
        let (near, far) = try Socket.pair().release()
        defer { close(far) }
        let file = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
        let bytes = Array((line.isEmpty ? "\n" : line).utf8)
        #expect(Socket.send(bytes, 0..<bytes.count, descriptors: [file.raw], to: near) == .bytes(bytes.count))
        close(near)
        let error = #expect(throws: VMError.self) { try DescriptorHandover.receive(from: far, deadline: soon) }
        #expect(error?.code == .protocolViolation)
    }

    @Test("a sender that says nothing is not waited for beyond the deadline")
    func silent() throws {
        let (near, far) = try Socket.pair().release()
        defer { for number in [near, far] { close(number) } }
        let error = #expect(throws: VMError.self) {
            try DescriptorHandover.receive(from: far, deadline: .after(.milliseconds(20)))
        }
        #expect(error?.code == .timeout)
    }

    @Test("a receiver that is gone is told of")
    func gone() throws {
        let (near, far) = try Socket.pair().release()
        defer { close(near) }
        close(far)
        let file = try FileDescriptor.open("/dev/null", flags: O_RDONLY)
        let error = #expect(throws: VMError.self) {
            try DescriptorHandover.send([.init(file.raw, as: 9)], over: near, deadline: soon)
        }
        #expect(error?.code == .connection)
    }
}
