extension DescriptionContext {
    /// Each kind of device with what it can be.
    var devices: [Feature] {
        [
            disk, graphics, video, hostDevice, random, filesystem, tpm,
            Feature("redirdev", [Enumeration("bus", words(["usb": has("usb-redir")]))]),
            channel, crypto, interface, panic, console,
        ]
    }

    private func virtioModels(_ type: String) -> [String] {
        words([
            "virtio": has("\(type)-pci") || has("\(type)-device") || has("\(type)-ccw"),
            "virtio-transitional": has("\(type)-pci-transitional"),
            "virtio-non-transitional": has("\(type)-pci-non-transitional"),
        ])
    }

    private var disk: Feature {
        let hasFloppy = traits.isX86 && has("floppy") && has("isa-fdc")
        return Feature(
            "disk",
            [
                Enumeration(
                    "diskDevice",
                    words(["disk": true, "cdrom": true, "floppy": hasFloppy, "lun": has("scsi-block")])),
                Enumeration(
                    "bus",
                    words([
                        "ide": has("ide-hd") && (traits.family == .i440fx || traits.family == .isapc),
                        "fdc": hasFloppy, "scsi": has("scsi-hd"),
                        "virtio": !virtioModels("virtio-blk").isEmpty, "usb": has("usb-storage"),
                        "sata": has("ich9-ahci") || has("ahci"), "sd": !traits.isX86 && has("sd-card"),
                    ])),
                Enumeration("model", virtioModels("virtio-blk")),
            ])
    }

    private var graphics: Feature {
        let displays = capabilities.displayBackends
        return Feature(
            "graphics",
            [
                Enumeration(
                    "type",
                    words([
                        "sdl": displays.contains("sdl"), "vnc": capabilities.accepts(command: "query-vnc"),
                        "spice": capabilities.accepts(command: "query-spice"),
                        "egl-headless": displays.contains("egl-headless"), "dbus": displays.contains("dbus"),
                    ]))
            ])
    }

    private var video: Feature {
        Feature(
            "video",
            [
                Enumeration(
                    "modelType",
                    words([
                        "vga": has("VGA"), "cirrus": has("cirrus-vga"), "vmvga": has("vmware-svga"),
                        "qxl": has("qxl"), "virtio": has("virtio-gpu-pci") || has("virtio-gpu-device"), "none": true,
                        "bochs": has("bochs-display"), "ramfb": has("ramfb"),
                    ]))
            ])
    }

    private var hostDevice: Feature {
        let hasIOMMU = !host.iommuGroups.isEmpty
        return Feature(
            "hostdev",
            [
                Enumeration("mode", ["subsystem"]),
                Enumeration("startupPolicy", ["default", "mandatory", "requisite", "optional"]),
                Enumeration(
                    "subsysType",
                    words(["usb": has("usb-host"), "pci": has("vfio-pci"), "scsi": has("scsi-generic")])),
                Enumeration("capsType", []),
                Enumeration("pciBackend", words(["default": hasIOMMU, "vfio": hasIOMMU])),
            ], supported: true)
    }

    private var random: Feature {
        Feature(
            "rng",
            [
                Enumeration("model", virtioModels("virtio-rng")),
                Enumeration(
                    "backendModel",
                    words(["random": has("rng-random"), "egd": has("rng-egd"), "builtin": has("rng-builtin")])),
            ])
    }

    private var filesystem: Feature {
        Feature(
            "filesystem",
            [
                Enumeration(
                    "driverType",
                    words([
                        "path": !virtioModels("virtio-9p").isEmpty,
                        "virtiofs": has("vhost-user-fs-pci") || has("vhost-user-fs-device"),
                    ]))
            ])
    }

    private var tpm: Feature {
        let known = capabilities.tpmModels
        let models = ["tpm-tis", "tpm-crb", "tpm-spapr", "tpm-tis-device"].filter(known.contains)
        let backends = capabilities.tpmBackends
        return Feature(
            "tpm",
            models.isEmpty
                ? []
                : [
                    Enumeration("model", models),
                    Enumeration(
                        "backendModel",
                        words([
                            "passthrough": backends.contains("passthrough"), "emulator": backends.contains("emulator"),
                            "external": backends.contains("emulator"),
                        ])),
                    Enumeration("backendVersion", backends.contains("emulator") ? ["1.2", "2.0"] : []),
                ])
    }

    private var channel: Feature {
        Feature("channel", [Enumeration("type", characterBackends(["pty", "unix", "spicevmc", "qemu-vdagent"]))])
    }

    private var console: Feature {
        Feature(
            "console",
            [
                Enumeration(
                    "type",
                    characterBackends([
                        "null", "vc", "pty", "dev", "file", "pipe", "stdio", "udp", "tcp", "unix", "qemu-vdagent",
                        "dbus",
                    ]))
            ])
    }

    /// Those of the document's names whose QEMU backend can be made.
    private func characterBackends(_ names: [String]) -> [String] {
        let known = Set(capabilities.values(command: "chardev-add", argument: "backend/type"))
        return names.filter { name in
            let backend =
                switch name {
                case "tcp", "unix": "socket"
                case "dev": "serial"
                default: name
                }
            return known.contains(backend)
        }
    }

    private var crypto: Feature {
        guard has("virtio-crypto-pci") else { return Feature("crypto", supported: false) }
        return Feature(
            "crypto",
            [
                Enumeration("model", ["virtio"]), Enumeration("type", ["qemu"]),
                Enumeration(
                    "backendModel",
                    words(["builtin": has("cryptodev-backend-builtin"), "lkcf": has("cryptodev-backend-lkcf")])),
            ])
    }

    private var interface: Feature {
        // passt speaks over a socket that QEMU connects to.
        let hasStream = capabilities.accepts(command: "netdev_add", argument: "type/=stream")
        let hasUser = capabilities.accepts(command: "netdev_add", argument: "type/=user")
        return Feature("interface", [Enumeration("backendType", words(["default": hasUser, "passt": hasStream]))])
    }

    private var panic: Feature {
        Feature(
            "panic",
            [
                Enumeration(
                    "model",
                    words([
                        "isa": has("pvpanic"), "pvpanic": has("pvpanic-pci"),
                        "hyperv": traits.isX86 && capabilities.has(cpuProperty: "hv-crash"),
                    ]))
            ])
    }
}
