import Foundation

/// The built program on a pseudo terminal, driven by what a user would type and read.
final class Terminal {
    /// All that the program has shown.
    private(set) var shown = ""
    private let controller: Int32
    /// TIOCGPTN and TIOCSPTLCK, which are macros that Swift doesn't see.
    private static let (getNumber, setLock): (UInt, UInt) = (0x8004_5430, 0x4004_5431)
    private let process: Process
    /// Its folder must not go while the program writes into it.
    private let program: Program

    /// Starts the program; its windows are 100 columns wide.
    convenience init(_ program: Program, _ words: String...) throws { try self.init(program, words) }

    /// The same with more in its environment. The terminal is the program's own, as a login gives it.
    init(_ program: Program, _ words: [String], environment: [String: String] = [:]) throws {
        self.program = program
        controller = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
        var (number, unlocked): (UInt32, Int32) = (0, 0)
        guard controller >= 0, ioctl(controller, Self.getNumber, &number) == 0,
            ioctl(controller, Self.setLock, &unlocked) == 0
        else { throw CocoaError(.fileReadUnknown) }
        let user = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        var size = winsize(ws_row: 40, ws_col: 100, ws_xpixel: 0, ws_ypixel: 0)
        _ = ioctl(user, UInt(TIOCSWINSZ), &size)
        let handle = FileHandle(fileDescriptor: user, closeOnDealloc: true)
        process = Process()
        // A session of its own gets the terminal as the one it is controlled by.
        process.executableURL = URL(fileURLWithPath: "/usr/bin/setsid")
        process.arguments = ["--ctty", "--wait", Program.executable] + words
        process.environment = ProcessInfo.processInfo.environment
            .merging(["VMCTL_HOME": program.home, "TERM": "xterm", "NO_COLOR": "1"]) { $1 }
            .merging(environment) { $1 }
        process.standardInput = handle
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
        close(controller)
    }

    /// Types text as it stands; `\t` is the Tab key, `\r` Enter.
    func type(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(controller, bytes, bytes.count)
    }

    /// Reads until `text` has appeared behind what was waited for last; false when it doesn't within the time.
    func wait(for text: String, seconds: Double = 20) -> Bool {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            let rest = shown[mark...]
            if let place = rest.range(of: text) {
                mark = place.upperBound
                return true
            }
            var entry = pollfd(fd: controller, events: Int16(POLLIN), revents: 0)
            guard poll(&entry, 1, 200) >= 0 else { continue }
            guard entry.revents & Int16(POLLIN) != 0 else {
                if entry.revents != 0 { return false }
                continue
            }
            var room = [UInt8](repeating: 0, count: 65536)
            let count = read(controller, &room, room.count)
            guard count > 0 else { return false }
            let offset = shown.utf8.distance(from: shown.startIndex, to: mark)
            shown += String(decoding: room[..<count], as: UTF8.self)
            mark = shown.utf8.index(shown.startIndex, offsetBy: offset)
        }
        return false
    }

    private lazy var mark = shown.startIndex

    /// Waits for the program's end and gives its status.
    func end() -> Int32 {
        while wait(for: "\u{0}nothing", seconds: 0.3) {}
        process.waitUntilExit()
        return process.terminationStatus
    }

    /// The lines as they stand on the screen at last: every redrawing of a line taken for what it left.
    var screen: [String] {
        var lines: [String] = []
        for line in shown.replacingOccurrences(of: "\r\n", with: "\n").components(separatedBy: "\n") {
            let last = line.components(separatedBy: "\u{1b}[K").last ?? line
            lines.append(
                last.replacingOccurrences(of: "\r?\u{1b}\\[[0-9;]*[A-Za-z]", with: "", options: .regularExpression))
        }
        return lines
    }
}
