internal import CVMSystem
internal import Glibc

/// Hands open files to a process that was started before they were there: over a pair of sockets, each with the number
/// that it gets in that process, as ``SpawnRequest`` does for a process that is only being started.
///
/// On the socket: lines of numbers, each line sent together with the files it is about, then the end.
public enum DescriptorHandover {
    /// The most files that are taken; a machine has some dozens at most.
    private static let limit = 4096

    /// Hands files over. They stay open here; nothing can be sent after them.
    ///
    /// - Throws: `connection` when the other process is gone; `timeout`.
    public static func send(
        _ files: [SpawnRequest.Descriptor], over socket: Int32, deadline: Deadline
    ) throws(VMError) {
        var rest = files[...]
        while !rest.isEmpty {
            let group = rest.prefix(Int(VMS_MAX_FDS))
            rest = rest.dropFirst(group.count)
            let line = Array((group.map { String($0.target) }.joined(separator: " ") + "\n").utf8)
            try send(line, group.map(\.source), over: socket, deadline)
        }
        Socket.finishSending(socket)
    }

    private static func send(
        _ line: [UInt8], _ files: [Int32], over socket: Int32, _ deadline: Deadline
    ) throws(VMError) {
        while true {
            switch Socket.send(line, 0..<line.count, descriptors: files, to: socket) {
            // A line is much shorter than the room that a socket always has for one message.
            case .bytes(line.count): return
            case .bytes: throw VMError(.connection, "a process took only a part of its open files")
            case .failed(let code): throw .system("cannot hand over open files", errno: code, as: .connection)
            case .wouldBlock:
                guard try Socket.wait(for: socket, .writable, deadline: deadline) else {
                    throw VMError(.timeout, "a process did not take its open files in time")
                }
            }
        }
    }

    /// Takes the files that another process hands over, and gives each its number. What was open under one of the numbers
    /// is closed, the socket itself included where its number is among them.
    ///
    /// - Returns: false when the other process has closed its end without handing anything over.
    /// - Throws: `timeout`; `protocol-violation` when numbers and files don't fit together.
    public static func receive(from socket: Int32, deadline: Deadline) throws(VMError) -> Bool {
        var files: [Int32] = []
        var bytes: [UInt8] = []
        defer { for file in files { close(file) } }
        try collect(&bytes, &files, from: socket, deadline)
        if bytes.isEmpty, files.isEmpty { return false }
        let words = String(decoding: bytes, as: UTF8.self).split { $0 == " " || $0 == "\n" }
        let targets = words.compactMap { Int32($0) }.filter { $0 >= 0 && $0 < Int32(limit) }
        guard targets.count == words.count, targets.count == files.count else {
            throw VMError(.protocolViolation, "the open files handed over don't fit their numbers")
        }
        try place(&files, at: targets)
        return true
    }

    /// Gives each open file its number.
    ///
    /// - Parameter files: what is open at the end and is to be closed: the files under other numbers.
    static func place(_ files: inout [Int32], at targets: [Int32]) throws(VMError) {
        // Out of each other's way first: a file may lie where another one is to go.
        let above = (targets.max() ?? 0) + 1
        for index in files.indices where files[index] < above {
            let moved = fcntl(files[index], F_DUPFD_CLOEXEC, above)
            guard moved >= 0 else { throw .system("cannot take over open files", errno: errno) }
            close(files[index])
            files[index] = moved
        }
        for (file, target) in zip(files, targets) where dup2(file, target) < 0 {
            throw .system("cannot take over open files", errno: errno)
        }
    }

    private static func collect(
        _ bytes: inout [UInt8], _ files: inout [Int32], from socket: Int32, _ deadline: Deadline
    ) throws(VMError) {
        var room = [UInt8](repeating: 0, count: 1024)
        while files.count < limit, bytes.count < 16 * limit {
            guard try Socket.wait(for: socket, .readable, deadline: deadline) else {
                throw VMError(.timeout, "no open files were handed over in time")
            }
            let received = room.withUnsafeMutableBytes { Socket.receive(into: $0, descriptors: &files, from: socket) }
            switch received {
            case .bytes(let count): bytes += room[..<count]
            case .wouldBlock: continue
            case .end: return
            case .failed(let code): throw .system("cannot take over open files", errno: code, as: .connection)
            }
        }
        throw VMError(.protocolViolation, "more open files are handed over than any machine has")
    }
}
