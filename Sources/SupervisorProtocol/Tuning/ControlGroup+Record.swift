package import VMCore
internal import VMJSON

/// The group of a machine as its runtime folder knows it: written down before it is made, so that whoever clears away
/// after a killed process finds it.
extension ControlGroup {
    package init?(recordedIn folder: RuntimeFolder) {
        guard let bytes = try? OwnFiles.read(folder.controlGroup, limit: 1 << 16),
            let json = try? JSONParser.parse(bytes)
        else { return nil }
        var folders: [ControlGroupController: Folder] = [:]
        for controller in ControlGroupController.allCases {
            guard let path = json[controller.rawValue]?["path"]?.string, path.hasPrefix("/"),
                let isUnified = json[controller.rawValue]?["unified"]?.bool
            else { continue }
            folders[controller] = Folder(path, isUnified: isUnified)
        }
        guard !folders.isEmpty else { return nil }
        self.init(folders: folders)
    }

    package func record(in folder: RuntimeFolder) throws(VMError) {
        var json = JSONObject()
        for (controller, place) in folders {
            json[controller.rawValue] = ["path": .string(place.path), "unified": .bool(place.isUnified)]
        }
        try Files.write(Array(JSONValue.object(json).description.utf8), to: folder.controlGroup, durable: false)
    }

    /// The name of a machine's group below its partition.
    package static func name(of machine: UUID) -> String { "vmctl-\(machine)" }
}
