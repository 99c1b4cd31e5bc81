internal import VMCore
internal import VMJSON
internal import VMManager

extension Invocation {
    /// Has the user edit the XML in a saved machine's file. Text that isn't accepted is kept, and its place told.
    func editSaved(_ path: String, name: String) throws(VMError) -> Report {
        let manager = try manager()
        let file = try EditedFile(try manager.savedXML(path), name: "\(name).xml", manager)
        try file.openEditor()
        let after = try file.read()
        let isChanged: Bool
        do throws(VMError) {
            isChanged = try manager.redefineSaved(path, xml: after, resume: resume)
        } catch {
            throw VMError(
                error.code, "Failed to update \(name)", remedy: "your text is kept in '\(file.path)'", cause: error)
        }
        file.remove()
        guard isChanged else {
            return Report(
                .message("Saved image \(name) XML configuration not changed."), value: ["changed": false])
        }
        return Report(.message("State file \(name) edited."), value: ["changed": true])
    }
}
