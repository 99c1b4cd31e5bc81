internal import QEMULauncher
internal import VMCore

/// Where QEMU makes the files of guests' memory, `<memoryBacking><source type='file'/>`.
///
/// The command line names a path for each piece of memory. It is a folder, so that QEMU makes a file without a name in it:
/// no other machine can have the same one, and nothing stays behind.
enum MemoryFolders {
    static func make(for launch: LaunchPlan, below folder: String) throws(VMError) {
        for path in ArgumentPaths.all(in: launch.arguments) where path.hasPrefix(folder + "/") {
            try Folders.make(path)
        }
    }
}
