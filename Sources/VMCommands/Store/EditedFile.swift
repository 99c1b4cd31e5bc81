internal import Glibc
internal import VMCore
internal import VMManager

/// A text on its way through the user's editor. It lies in a file of the user's state folder until it was taken or given
/// up, so that no failure loses it.
struct EditedFile {
    let path: String

    init(_ text: String, name: String, _ manager: VMManager) throws(VMError) {
        let folder = manager.paths.state + "/edit"
        try Folders.make(folder)
        let plain = String(name.map { $0 == "/" || $0 == "." && name.first == "." ? "_" : $0 }.prefix(60))
        let number = String(UInt32.random(in: 0...(.max)), radix: 36)
        path = "\(folder)/\(number)-\(plain)"
        try Files.write(Array(text.utf8), to: path, durable: false)
    }

    /// Opens the editor once and gives what it left.
    static func edit(_ text: String, name: String, _ manager: VMManager) throws(VMError) -> String {
        let file = try EditedFile(text, name: name, manager)
        try file.openEditor()
        let result = String(decoding: try file.read(), as: UTF8.self)
        file.remove()
        return result
    }

    func read() throws(VMError) -> [UInt8] { try Files.read(path) }

    func remove() { try? Files.remove(path) }

    /// Opens the editor; a text that it left as it was needn't be kept when it fails.
    func openEditor() throws(VMError) {
        let before = try read()
        do throws(VMError) {
            try runEditor()
        } catch {
            guard (try? read()) == before else {
                throw VMError(error.code, error.message, remedy: "your text is in '\(path)'", cause: error.cause)
            }
            remove()
            throw error
        }
    }

    /// Runs `$VISUAL`, else `$EDITOR`, else vi, on the file, as a shell would, and waits for its end.
    private func runEditor() throws(VMError) {
        let words = ["VISUAL", "EDITOR"].compactMap { (name: String) -> String? in
            getenv(name).map { String(cString: $0) }
        }
        let editor = words.first { !$0.isEmpty } ?? "vi"
        // The terminal's signals are the editor's.
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        defer {
            signal(SIGINT, SIG_DFL)
            signal(SIGQUIT, SIG_DFL)
        }
        let process = try SpawnedProcess.spawn(
            SpawnRequest(
                executable: "/bin/sh", arguments: ["-c", editor + " \"$1\"", "sh", path],
                descriptors: [.init(0, as: 0), .init(1, as: 1), .init(2, as: 2)], umask: 0o077, newSession: false))
        // Somebody may leave an editor open over the weekend; not for ever.
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(30 * 86400)))
        Failpoint.reached("edit.edited")
        guard exit == .exited(0) else {
            throw VMError(
                .cancelled, "editor '\(editor)' ended with \(exit?.description ?? "no status"); nothing was changed",
                remedy: "set VISUAL or EDITOR to an editor that waits until you are done")
        }
    }
}
