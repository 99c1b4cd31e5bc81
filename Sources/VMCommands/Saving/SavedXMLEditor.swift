internal import Glibc
internal import VMCore
internal import VMJSON
internal import VMManager

extension Invocation {
    /// Has the user edit the XML in a saved machine's file. Text that isn't accepted is kept, and its place told.
    func editSaved(_ path: String, name: String) throws(VMError) -> Report {
        let manager = try manager()
        let before = try manager.savedXML(path)
        var template = Array("/tmp/vmctl-XXXXXX.xml".utf8CString)
        let file = mkstemps(&template, 4)
        guard file >= 0 else { throw .system("cannot make a temporary file", errno: errno) }
        let text = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        try FileDescriptor(owning: file).writeAll(Array(before.utf8), text)
        try runEditor(on: text)
        let after = try Files.read(text)
        var resume: SaveImage.Resume?
        if flag("running") { resume = .running }
        if flag("paused") { resume = .paused }
        let isChanged: Bool
        do throws(VMError) {
            isChanged = try manager.redefineSaved(path, xml: after, resume: resume)
        } catch {
            throw VMError(
                error.code, "Failed to update \(name)", remedy: "your text is kept in '\(text)'", cause: error)
        }
        unlink(text)
        guard isChanged else {
            return Report(
                .message("Saved image \(name) XML configuration not changed."), value: ["changed": false])
        }
        return Report(.message("State file \(name) edited."), value: ["changed": true])
    }

    private func runEditor(on file: String) throws(VMError) {
        let variables = (["VISUAL", "EDITOR"] as [String]).compactMap { getenv($0).map { String(cString: $0) } }
        let editor = variables.first { !$0.isEmpty } ?? "vi"
        let request = SpawnRequest(
            executable: "/bin/sh", arguments: ["-c", "exec \(editor) \"$1\"", "sh", file],
            descriptors: [.init(0, as: 0), .init(1, as: 1), .init(2, as: 2)])
        let process = try SpawnedProcess.spawn(request)
        let exit = ProcessExit.wait(for: process.handle, until: .after(.seconds(86_400 * 7)))
        guard case .exited(0) = exit else {
            throw VMError(.io, "the editor '\(editor)' failed", remedy: "set EDITOR to the one you use")
        }
    }
}
