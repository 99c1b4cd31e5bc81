internal import VMDomain
internal import VMJSON
internal import VMXML

/// `<launchSecurity>`: guests whose memory the host can't read.
enum LaunchSecurityOptions {
    static func make(_ context: BuildContext) -> [QEMUOption] {
        guard let security = context.domain.launchSecurity else { return [] }
        var properties: JSONObject
        switch security.type {
        case .sev:
            properties = ["qom-type": "sev-guest", "id": "lsec0"]
            putPlatform(&properties, security, context)
            properties["policy"] = security.policy.map { JSONValue($0.value) }
            // Certificates come in files of the machine's own folder.
            if security.dhCert != nil {
                properties["dh-cert-file"] = .string(context.host.folders.machine + "/dh_cert.base64")
            }
            if security.session != nil {
                properties["session-file"] = .string(context.host.folders.machine + "/session.base64")
            }
            properties.put("kernel-hashes", security.kernelHashes)
        case .sevSnp:
            properties = ["qom-type": "sev-snp-guest", "id": "lsec0"]
            putPlatform(&properties, security, context)
            properties["policy"] = security.policy.map { JSONValue($0.value) }
            properties.put("guest-visible-workarounds", security.guestVisibleWorkarounds)
            properties.put("id-block", security.idBlock)
            properties.put("id-auth", security.idAuth)
            properties.put("host-data", security.hostData)
            properties.put("kernel-hashes", security.kernelHashes)
            properties.put("author-key-enabled", security.authorKey)
            properties["vcek-disabled"] = security.vcek.map { .bool($0 == .no) }
        case .s390Pv: properties = ["qom-type": "s390-pv-guest", "id": "lsec0"]
        case .tdx:
            properties = ["qom-type": "tdx-guest", "id": "lsec0"]
            properties["attributes"] = security.policy.map { JSONValue($0.value) }
            properties.put("mrconfigid", security.mrConfigId)
            properties.put("mrowner", security.mrOwner)
            properties.put("mrownerconfig", security.mrOwnerConfig)
            if let service = security.quoteGenerationService {
                properties["quote-generation-socket"] = [
                    "type": "unix", "path": .string(service.path ?? "/var/run/tdx-qgs/qgs.socket"),
                ]
            }
        }
        return [QEMUOption(.object, properties, from: security.origin)]
    }

    private static func putPlatform(
        _ properties: inout JSONObject, _ security: LaunchSecurity, _ context: BuildContext
    ) {
        let known = context.capabilities.sev
        properties["cbitpos"] = security.cbitpos.map { JSONValue($0) } ?? known?["cbitpos"]
        properties["reduced-phys-bits"] =
            security.reducedPhysBits.map { JSONValue($0) } ?? known?["reduced-phys-bits"]
    }
}
