internal import Glibc
internal import VMCore
internal import VMJSON

/// The command line as a library call.
///
/// Synchronous from argument to exit status, and frugal: a verb's own code runs, its answer is written in one piece.
public enum CommandLineProgram {
    /// The words of this process.
    ///
    /// Swift looks for them beside the environment, and finds none when a preloaded library (libfaketime, for one) has
    /// put that elsewhere; the kernel knows them all the same.
    public static var arguments: [String] {
        let found = CommandLine.arguments
        return found.isEmpty
            ? ProcessTable.commandLine(of: getpid()).map { String(decoding: $0, as: UTF8.self) } : found
    }

    /// Runs one command.
    ///
    /// - Parameters:
    ///   - arguments: The program's name and the words behind it. A program called `virsh` speaks as virsh does.
    ///   - supervisor: the program for supervisors; nil looks for `vmctl`.
    /// - Returns: The exit status: 0, or the one of the error's code.
    public static func run(_ arguments: [String], supervisor: String? = nil) -> Int32 {
        ignoreFileSizeLimit()
        var global = GlobalOptions()
        global.supervisor = supervisor
        let program = arguments.first.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        if program == "virsh" { global.isVirsh = true }
        var errorStatus: Int32?
        let started = Deadline.now
        do throws(VMError) {
            let words = try DaemonArguments.translated(program, Array(arguments.dropFirst()))
            let report = try report(words, &global, &errorStatus)
            let hasColours = global.format == .human && StandardStream.output.showsColours
            let renderer = Renderer(
                global: global, tablePaint: Paint(isWanted: hasColours),
                isForTerminal: StandardStream.output.isTerminal)
            if let code = StandardStream.output.write(renderer.text(of: report)) {
                throw .system("cannot write to standard output", errno: code)
            }
            if !report.warnings.isEmpty {
                StandardStream.error.write(Renderer(global: global, paint: paint).warnings(of: report))
            }
            if global.showsTiming {
                let elapsed = Double(Deadline.now.nanoseconds - started.nanoseconds) / 1e6
                StandardStream.output.write("(Time: \(Decimal.text(elapsed, digits: 3)) ms)\n")
            }
            return report.exitStatus
        } catch {
            let renderer = Renderer(global: global, errorStatus: errorStatus, paint: paint)
            let (stream, text) = renderer.text(of: error)
            stream.write(text)
            return renderer.exitStatus(error)
        }
    }

    private static var paint: Paint { Paint(isWanted: StandardStream.error.showsColours) }

    private static func report(
        _ words: [String], _ global: inout GlobalOptions, _ errorStatus: inout Int32?
    ) throws(VMError) -> Report {
        // An error in the words still has to be told in the format that the user asked for further on.
        let wished = Self.format(in: words)
        if let wished { global.format = wished }
        switch try global.readStart(words) {
        case .help: return .text(HelpText.overview(VerbTable.all))
        case .version(let isLong): return Version.report(isLong: isLong)
        case .verb(let index):
            let verb = try VerbTable.find(words[index])
            errorStatus = verb.errorStatus
            switch try ArgumentReader.read(words[(index + 1)...], for: verb, global: global) {
            case .help(let verb): return .text(HelpText.text(for: verb))
            case .run(let invocation):
                global = invocation.global
                try check(global.format, of: verb)
                return try verb.run(invocation)
            }
        }
    }

    private static func check(_ format: OutputFormat, of verb: Verb) throws(VMError) {
        let formats = OutputFormat.common + verb.extraFormats
        guard !formats.contains(format) else { return }
        throw VMError(
            .usage, "command '\(verb.name)' has no output format '\(format.rawValue)'",
            remedy: "it has \(formats.map(\.rawValue).joined(separator: ", "))")
    }

    /// The format named anywhere among the words.
    private static func format(in words: [String]) -> OutputFormat? {
        for (index, word) in words.enumerated() {
            if word == "--" { return nil }
            if word == "--output", index + 1 < words.count { return OutputFormat(rawValue: words[index + 1]) }
            if word.utf8.starts(with: "--output=".utf8) { return OutputFormat(rawValue: String(word.dropFirst(9))) }
        }
        return nil
    }
}

extension Report {
    /// Text that is the same for people and, as a string, for programs.
    static func text(_ text: String) -> Report { Report(.text(text), value: .string(text)) }
}
