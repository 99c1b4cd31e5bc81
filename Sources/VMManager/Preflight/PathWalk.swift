internal import VMCore

/// Explains why a path can't be used by naming the component that is in the way.
enum PathWalk {
    /// The problem with opening a file; nil when there is none.
    static func problem(_ path: String, writing: Bool, what: String) -> VMError? {
        guard path.hasPrefix("/") else {
            return VMError(
                .io, "Cannot access \(what) '\(path)': it is not an absolute path", remedy: "write the whole path")
        }
        guard let code = Files.obstacle(path, writing: writing) else { return nil }
        return .system("Cannot access \(what) '\(path)'", errno: code, remedy: remedy(path, code, writing))
    }

    private static func remedy(_ path: String, _ code: Int32, _ writing: Bool) -> String {
        var folder = ""
        let components = path.split(separator: "/")
        for component in components.dropLast() {
            let next = folder + "/" + component
            if !Files.exists(next) {
                // What a folder that can't be entered holds isn't to be seen either.
                return Files.obstacle(folder + "/.", writing: false) == nil
                    ? "the folder '\(next)' does not exist"
                    : "the folder '\(folder)' is closed to you"
            }
            folder = next
        }
        if !Files.exists(path) {
            let near = NearMatch.best(
                for: String(components.last ?? ""), among: (try? Folders.list(folder.isEmpty ? "/" : folder)) ?? [])
            return near.map { "did you mean '\(folder)/\($0)'?" } ?? "there is no such file in '\(folder)'"
        }
        return writing
            ? "give yourself the right to write it, or mark the disk <readonly/>" : "give yourself the right to read it"
    }
}
