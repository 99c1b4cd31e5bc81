import Glibc
import Testing
import VMCore

@Suite("What comes through a pipe") struct PipeTests {
    private func line(_ pieces: [String], limit: Int = 100, ends: Bool = true) throws -> String? {
        var pipe = try Pipe()
        for piece in pieces { #expect(write(pipe.writer, piece, piece.utf8.count) == piece.utf8.count) }
        if ends { pipe.closeWriter() }
        let deadline = Deadline.after(.milliseconds(ends ? 10_000 : 50))
        return pipe.readLine(limit: limit, deadline: deadline).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test("a line is there though nobody has closed the other end")
    func line() throws {
        #expect(try line(["whole", " line\n"], ends: false) == "whole line")
        #expect(try line(["first\nsecond\n"], ends: false) == "first")
        #expect(try line(["\n"], ends: false) == "")
    }

    @Test("what isn't ended by a line's end is ended by the pipe's, by the limit or by the deadline")
    func noLine() throws {
        #expect(try line(["part"]) == "part")
        #expect(try line([]) == "")
        #expect(try line([String(repeating: "x", count: 200)], limit: 150, ends: false)?.count == 200)
        #expect(try line(["part"], ends: false) == nil)
    }
}
