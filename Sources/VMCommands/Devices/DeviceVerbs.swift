internal import QEMULauncher
internal import VMCore
internal import VMDomain
internal import VMJSON
internal import VMManager
internal import VMXML

extension Verb {
    /// `attach-device NAME FILE`.
    static var attachDevice: Verb {
        Verb(
            "attach-device", group: .devices, "attach device from an XML file",
            details: """
                Without --config the running machine gets the device; with --persistent the stored domain too, at the
                same address. A failed attempt leaves nothing behind.
                """,
            parameters: [.domain(), .argument("file", "file", "XML file", completion: .file)] + .persistentScope
                + [.timeout],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            return try invocation.attach(
                try DeviceFile.read(file), done: "Device attached successfully",
                failed: "Failed to attach device from \(file.name)")
        }
    }

    /// `detach-device NAME FILE`.
    static var detachDevice: Verb {
        Verb(
            "detach-device", group: .devices, "detach device from an XML file",
            details: """
                The guest has to release the device; when it hasn't by --timeout, that is told, and the device
                leaves when the guest lets it go.
                """,
            parameters: [.domain(), .argument("file", "file", "XML file", completion: .file)] + .persistentScope
                + [.timeout],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            return try invocation.detach(
                try DeviceFile.read(file), done: "Device detached successfully",
                failed: "Failed to detach device from \(file.name)")
        }
    }

    /// `detach-device-alias NAME ALIAS`.
    static var detachDeviceAlias: Verb {
        Verb(
            "detach-device-alias", group: .devices, "detach device from an alias",
            parameters: [.domain(), .argument("alias", "string", "device alias", completion: .alias)] + .scope + [
                .timeout
            ],
            exclusive: .scope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let (manager, key) = try invocation.managerAndDomain()
            let alias = try invocation.required("alias")
            do throws(VMError) {
                try manager.detachDevice(
                    key, alias: alias, scope: invocation.scope(standard: .current),
                    timeout: try invocation.patience())
            } catch {
                throw error.wrapped("Failed to detach device with alias \(alias)")
            }
            return .done("Device detach request sent successfully", key, ["alias": alias])
        }
    }

    /// `update-device NAME FILE`.
    static var updateDevice: Verb {
        Verb(
            "update-device", group: .devices, "update device from an XML file",
            details: """
                Of a running machine: the medium of a drive, the limits of a disk, the link of an interface, the
                password of a display. Of a stored domain: anything.
                """,
            parameters: [.domain(), .argument("file", "file", "XML file", completion: .file)] + .persistentScope
                + [.flag("force", "force device update"), .timeout],
            exclusive: .persistentScope
        ) { (invocation: Invocation) throws(VMError) -> Report in
            let file = InputFile(name: try invocation.required("file"))
            let (manager, key) = try invocation.managerAndDomain()
            do throws(VMError) {
                try manager.updateDevice(
                    key, try DeviceFile.read(file), scope: invocation.scope(standard: .current),
                    force: invocation.flag("force"), timeout: try invocation.patience())
            } catch {
                throw error.wrapped("Failed to update device from \(file.name)")
            }
            return .done("Device updated successfully", key)
        }
    }
}

/// A device's document as the user gave it.
enum DeviceFile {
    static func read(_ file: InputFile) throws(VMError) -> Devices {
        var domain = Domain()
        domain.devices = try DeviceDocument.read(try file.read(), file: file.name)
        domain.resolvePaths(below: file.folder)
        return domain.devices
    }

    static func read(_ text: String) throws(VMError) -> Devices {
        try DeviceDocument.read(Array(text.utf8), file: "device")
    }
}

extension Invocation {
    func attach(_ device: Devices, done: String, failed: String) throws(VMError) -> Report {
        let (manager, key) = try managerAndDomain()
        do throws(VMError) {
            let result = try manager.attachDevice(
                key, device, scope: scope(standard: .live), timeout: try patience())
            return .done(done, key, ["device": Invocation.text(of: result)])
        } catch {
            throw error.wrapped(failed)
        }
    }

    func detach(_ device: Devices, done: String, failed: String) throws(VMError) -> Report {
        let (manager, key) = try managerAndDomain()
        do throws(VMError) {
            let result = try manager.detachDevice(
                key, device, scope: scope(standard: .live), timeout: try patience())
            return .done(done, key, ["device": Invocation.text(of: result)])
        } catch {
            throw error.wrapped(failed)
        }
    }

    /// One device's element.
    static func text(of device: Devices) -> String {
        let lines = device.write(as: "devices").split(separator: "\n").dropFirst().dropLast()
        return lines.map { $0.dropFirst(2) + "\n" }.joined()
    }
}
