import Glibc
import Testing
import VMCore

/// What files say of themselves, whoever owns them.
struct FileFactsTests {
    @Test(arguments: [1 << 54, Int.max, -(1 << 54), Int.min])
    func `Times that no count of nanoseconds reaches are the furthest that there are`(_ seconds: Int) throws {
        // A file system in memory keeps any time; others shorten it, which does as well.
        let folder = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"
        let path = "\(folder)/vmctl-times-\(UInt64.random(in: 0...(.max)))"
        defer { unlink(path) }
        try Files.write([1], to: path, durable: false)
        let times = [timespec(tv_sec: seconds, tv_nsec: 0), timespec(tv_sec: seconds, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
        let facts = try #require(FileFacts(path))
        #expect(seconds > 0 ? facts.modified > WallClock.now : facts.modified < 0)
        #expect(facts.accessed == facts.modified)
    }
}
