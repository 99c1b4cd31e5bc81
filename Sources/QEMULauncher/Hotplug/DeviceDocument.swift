public import VMCore
public import VMDomain
internal import VMXML

/// One device's element by itself, as `attach-device` takes it.
public enum DeviceDocument {
    /// Reads it: a list of devices that holds just this one.
    ///
    /// - Throws: `invalid-xml`, with the place of what is wrong.
    public static func read(_ bytes: [UInt8], file: String) throws(VMError) -> Devices {
        let root = try XMLTree.read(bytes, file: file).name
        var devices = Devices()
        func one<E: XMLElement>(_ root: StaticString) throws(VMError) -> [E] {
            [try E.read(bytes, file: file, root: root).checked()]
        }
        switch root {
        case "disk": devices.disks = try one("disk")
        case "controller": devices.controllers = try one("controller")
        case "filesystem": devices.filesystems = try one("filesystem")
        case "interface": devices.interfaces = try one("interface")
        case "smartcard": devices.smartcards = try one("smartcard")
        case "serial": devices.serials = try one("serial")
        case "parallel": devices.parallels = try one("parallel")
        case "console": devices.consoles = try one("console")
        case "channel": devices.channels = try one("channel")
        case "input": devices.inputs = try one("input")
        case "graphics": devices.graphics = try one("graphics")
        case "sound": devices.sounds = try one("sound")
        case "video": devices.videos = try one("video")
        case "hostdev": devices.hostDevices = try one("hostdev")
        case "redirdev": devices.redirectedDevices = try one("redirdev")
        case "hub": devices.hubs = try one("hub")
        case "watchdog": devices.watchdogs = try one("watchdog")
        case "rng": devices.rngs = try one("rng")
        case "panic": devices.panics = try one("panic")
        case "shmem": devices.sharedMemories = try one("shmem")
        case "memory": devices.memories = try one("memory")
        case "tpm": devices.tpms = try one("tpm")
        case "crypto": devices.cryptos = try one("crypto")
        case "memballoon": devices.memoryBalloon = (try one("memballoon") as [MemoryBalloon]).first
        case "vsock": devices.vsock = (try one("vsock") as [VSock]).first
        default:
            throw VMError(
                .invalidXML, "unknown device type '\(root)'",
                remedy: "'\(file)' must hold one element of <devices>, such as <disk> or <interface>")
        }
        return devices
    }
}
