/// x86 CPU models and features as QEMU 10.0 knows them. Written by `scripts/cpu-table`.
///
/// A feature is its name with other spellings behind `=`. A model is its name, its maker or `*`, the
/// processors sold under that name as `family.model[.steppings]`, and behind `:` the model that it differs
/// from, what it has more (`+`) and less (`-`), and what it had once (`!`).
enum CPUTable {
    static let features = """
        3dnow 3dnowext 3dnowprefetch abm ace2 ace2-en acpi adx aes amd-no-ssb amd-psfd amd-ssbd amd-stibp
        amx-bf16 amx-complex amx-fp16 amx-int8 amx-tile apic arat arch-capabilities arch-lbr auto-ibrs avic
        avx avx-ifma avx-ne-convert avx-vnni avx-vnni-int16 avx-vnni-int8 avx10 avx10-128 avx10-256
        avx10-512 avx2 avx512-4fmaps avx512-4vnniw avx512-bf16 avx512-fp16 avx512-vp2intersect
        avx512-vpopcntdq avx512bitalg avx512bw avx512cd avx512dq avx512er avx512f avx512ifma avx512pf
        avx512vbmi avx512vbmi2 avx512vl avx512vnni bhi-ctrl bhi-no bmi1 bmi2 bus-lock-detect cid cldemote
        clflush clflushopt clwb clzero cmov cmp_legacy=cmp-legacy cmpccxadd core-capability cr8legacy cx16
        cx8 dca ddpd-u de decodeassists ds ds_cpl=ds-cpl dtes64 eraps erms est extapic f16c fb-clear
        fbsdp-no fdp-excptn-only fxsr_opt=ffxsr=fxsr-opt flush-l1d flushbyasid fma fma4 fpu fred fsgsbase
        fsrc fsrm fsrs fxsr fzrm gds-no gfni hle ht hypervisor lm=i64 ia64 ibpb ibpb-brtype ibrs ibrs-all
        ibs intel-psfd intel-pt intel-pt-lip invpcid invtsc ipred-ctrl la57 lahf_lm=lahf-lm lam lbrv
        lfence-always-serializing lkgs lmce lwp mca mcdt-no mce md-clear mds-no misalignsse mmx mmxext
        monitor movbe movdir64b movdiri mpx msr mtrr no-nested-data-bp nodeid_msr=nodeid-msr npt
        nrip-save=nrip_save null-sel-clr-base nx=xd osvw overflow-recov pae pat pause-filter=pause_filter
        pbe pbrsb-no pcid pclmuldq=pclmulqdq pcommit pdcm pdpe1gb perfctr_core=perfctr-core
        perfctr_nb=perfctr-nb perfmon-v2 pfthreshold pge phe phe-en pks pku pmm pmm-en pn pni=sse3 popcnt
        prefetchiti pschange-mc-no psdp-no pse pse36 rdctl-no rdpid rdrand rdseed rdtscp rfds-clear rfds-no
        rrsba-ctrl rsba rtm sbdr-ssdp-no sbpb sep serialize sgx sgx-aex-notify sgx-debug sgx-edeccssa
        sgx-exinfo sgx-kss sgx-mode64 sgx-provisionkey sgx-tokenkey sgx1 sgx2 sgxlc sha-ni sha512 skinit
        skip-l1dfl-vmentry sm3 sm4 smap smep smx spec-ctrl split-lock-detect srso-no srso-user-kernel-no ss
        ssb-no ssbd sse sse2 sse4.1=sse4-1=sse4_1 sse4.2=sse4-2=sse4_2 sse4a ssse3 stibp stibp-always-on
        succor svm svm-lock=svm_lock svme-addr-chk syscall taa-no tbm tce tm tm2 topoext tsc
        tsc_adjust=tsc-adjust tsc-deadline tsc-scale=tsc_scale tsx-ctrl tsx-ldtrk umip v-vmsave-vmload vaes
        vgif virt-ssbd vmcb-clean=vmcb_clean vme vmx vmx-activity-hlt vmx-activity-shutdown
        vmx-activity-wait-sipi vmx-any-errcode vmx-apicv-register vmx-apicv-vid vmx-apicv-x2apic
        vmx-apicv-xapic vmx-cr3-load-noexit vmx-cr3-store-noexit vmx-cr8-load-exit vmx-cr8-store-exit
        vmx-desc-exit vmx-enable-user-wait-pause vmx-encls-exit vmx-entry-ia32e-mode vmx-entry-load-bndcfgs
        vmx-entry-load-efer vmx-entry-load-fred vmx-entry-load-pat vmx-entry-load-perf-global-ctrl
        vmx-entry-load-pkrs vmx-entry-load-rtit-ctl vmx-entry-noload-debugctl vmx-ept vmx-ept-1gb
        vmx-ept-2mb vmx-ept-advanced-exitinfo vmx-ept-execonly vmx-eptad vmx-eptp-switching
        vmx-exit-ack-intr vmx-exit-clear-bndcfgs vmx-exit-clear-rtit-ctl vmx-exit-load-efer
        vmx-exit-load-pat vmx-exit-load-perf-global-ctrl vmx-exit-load-pkrs vmx-exit-nosave-debugctl
        vmx-exit-save-efer vmx-exit-save-pat vmx-exit-save-preemption-timer vmx-exit-secondary-ctls
        vmx-flexpriority vmx-hlt-exit vmx-ins-outs vmx-intr-exit vmx-invept vmx-invept-all-context
        vmx-invept-single-context vmx-invept-single-context-noglobals vmx-invlpg-exit vmx-invpcid-exit
        vmx-invvpid vmx-invvpid-all-context vmx-invvpid-single-addr vmx-io-bitmap vmx-io-exit
        vmx-monitor-exit vmx-movdr-exit vmx-msr-bitmap vmx-mtf vmx-mwait-exit vmx-nested-exception
        vmx-nmi-exit vmx-page-walk-4 vmx-page-walk-5 vmx-pause-exit vmx-ple vmx-pml vmx-posted-intr
        vmx-preemption-timer vmx-rdpmc-exit vmx-rdrand-exit vmx-rdseed-exit vmx-rdtsc-exit vmx-rdtscp-exit
        vmx-secondary-ctls vmx-shadow-vmcs vmx-store-lma vmx-true-ctls vmx-tsc-offset vmx-tsc-scaling
        vmx-unrestricted-guest vmx-vintr-pending vmx-vmfunc vmx-vmwrite-vmexit-fields vmx-vnmi
        vmx-vnmi-pending vmx-vpid vmx-wbinvd-exit vmx-xsaves vmx-zero-len-inject vnmi vpclmulqdq waitpkg
        wbnoinvd wdt wrmsrns x2apic xcrypt xcrypt-en xfd xgetbv1 xop xsave xsavec xsaveerptr xsaveopt xsaves
        xstore xstore-en xtpr zero-fcs-fds
        """

    static let models = """
        486-v1 * 4.8 : * +fpu +pse +vme
        486 * 4.8 : 486-v1
        pentium-v1 * 5.4 : 486-v1 +apic +cx8 +de +mce +mmx +msr +tsc
        pentium * 5.4 : pentium-v1
        qemu32-v1 * 6.6 : pentium-v1 +cmov +fxsr +pae +pat +pge +pni +sep +sse +sse2 -vme
        qemu32 * 6.6 : qemu32-v1
        pentium2-v1 * 6.5 : qemu32-v1 +mca +mtrr +pse36 +vme -pni -sse -sse2
        pentium2 * 6.5 : pentium2-v1
        pentium3-v1 * 6.7 : pentium2-v1 +sse
        pentium3 * 6.7 : pentium3-v1
        kvm32-v1 * 15.6 : qemu32-v1 +clflush +mca +mtrr +pse36
        kvm32 * 15.6 : kvm32-v1
        athlon-v1 * 6.2 : pentium3-v1 +3dnow +3dnowext +mmxext +sse2
        athlon * 6.2 : athlon-v1
        coreduo-v1 * 6.14 : kvm32-v1 +acpi +monitor +nx +ss +vme -pse36
        kvm64-v1 * 15.6 : kvm32-v1 +cx16 +lm +nx +syscall
        coreduo * 6.14 : coreduo-v1
        kvm64 * 15.6 : kvm64-v1
        qemu64-v1 * 15.107 : kvm64-v1 +lahf_lm +svm
        qemu64 * 15.107 : qemu64-v1
        n270-v1 * 6.28 : coreduo-v1 +lahf_lm +movbe +ssse3
        n270 * 6.28 : n270-v1
        core2duo-v1 * 6.15 : n270-v1 +cx16 +lm +pse36 +syscall -movbe
        core2duo * 6.15 : core2duo-v1
        phenom-v1 * 16.2 : qemu64-v1 +3dnow +3dnowext +abm +fxsr_opt +mmxext +monitor +npt +pdpe1gb +popcnt +rdtscp \
        +sse4a
        phenom * 16.2 : phenom-v1
        Opteron_G1-v1 AMD 15.6 : kvm64-v1 -cx16
        Opteron_G1 AMD 15.6 : Opteron_G1-v1
        Conroe-v1 Intel 6.15 6.22 : Opteron_G1-v1 +lahf_lm +ssse3
        Conroe Intel 6.15 6.22 : Conroe-v1
        Opteron_G2-v1 AMD 15.6 : qemu64-v1
        Opteron_G2 AMD 15.6 : qemu64-v1
        Penryn-v1 Intel 6.23 6.29 : Conroe-v1 +cx16 +sse4.1
        Penryn Intel 6.23 6.29 : Penryn-v1
        Nehalem-v1 Intel 6.26 6.30 6.31 6.46 : Penryn-v1 +popcnt +sse4.2
        Nehalem Intel 6.26 6.30 6.31 6.46 : Nehalem-v1
        Nehalem-v2 Intel 6.26 6.30 6.31 6.46 : Nehalem-v1 +spec-ctrl
        Nehalem-IBRS Intel 6.26 6.30 6.31 6.46 : Nehalem-v2
        Opteron_G3-v1 AMD 16.2 : qemu64-v1 +abm +misalignsse +monitor +popcnt +rdtscp +sse4a !monitor
        Westmere-v1 Intel 6.37 6.44 6.47 : Nehalem-v1 +aes +arat +pclmuldq
        Opteron_G3 AMD 16.2 : Opteron_G3-v1 !monitor
        Westmere Intel 6.37 6.44 6.47 : Westmere-v1
        Westmere-v2 Intel 6.37 6.44 6.47 : Westmere-v1 +spec-ctrl
        Westmere-IBRS Intel 6.37 6.44 6.47 : Westmere-v2
        SandyBridge-v1 Intel 6.42 6.45 : Westmere-v1 +avx +rdtscp +tsc-deadline +x2apic +xsave +xsaveopt
        SandyBridge Intel 6.42 6.45 : SandyBridge-v1
        SandyBridge-v2 Intel 6.42 6.45 : SandyBridge-v1 +spec-ctrl
        SandyBridge-IBRS Intel 6.42 6.45 : SandyBridge-v2
        IvyBridge-v1 Intel 6.58 6.62 : SandyBridge-v1 +erms +f16c +fsgsbase +rdrand +smep +vme
        Opteron_G4-v1 AMD 21.1 : Opteron_G3-v1 +3dnowprefetch +aes +avx +fma4 +npt +nrip-save +pclmuldq +pdpe1gb \
        +sse4.1 +sse4.2 +ssse3 +xop +xsave -monitor
        IvyBridge Intel 6.58 6.62 : IvyBridge-v1
        Opteron_G4 AMD 21.1 : Opteron_G4-v1
        IvyBridge-v2 Intel 6.58 6.62 : IvyBridge-v1 +spec-ctrl
        IvyBridge-IBRS Intel 6.58 6.62 : IvyBridge-v2
        Opteron_G5-v1 AMD 21.2 : Opteron_G4-v1 +f16c +fma +tbm
        Opteron_G5 AMD 21.2 : Opteron_G5-v1
        Haswell-v2 Intel 6.60 6.63 6.69 6.70 : IvyBridge-v1 +abm +avx2 +bmi1 +bmi2 +fma +invpcid +movbe +pcid -vme
        Haswell-noTSX Intel 6.60 6.63 6.69 6.70 : Haswell-v2
        Haswell-v4 Intel 6.60 6.63 6.69 6.70 : Haswell-v2 +spec-ctrl
        Haswell-noTSX-IBRS Intel 6.60 6.63 6.69 6.70 : Haswell-v4
        Haswell-v1 Intel 6.60 6.63 6.69 6.70 : Haswell-v2 +hle +rtm
        Haswell Intel 6.60 6.63 6.69 6.70 : Haswell-v1
        Haswell-v3 Intel 6.60 6.63 6.69 6.70 : Haswell-v1 +spec-ctrl
        Haswell-IBRS Intel 6.60 6.63 6.69 6.70 : Haswell-v3
        Broadwell-v2 Intel 6.61 6.71 6.79 6.86 : Haswell-v2 +3dnowprefetch +adx +rdseed +smap
        Broadwell-noTSX Intel 6.61 6.71 6.79 6.86 : Broadwell-v2
        Broadwell-v4 Intel 6.61 6.71 6.79 6.86 : Broadwell-v2 +spec-ctrl
        Denverton-v2 Intel 6.95 : IvyBridge-v2 +3dnowprefetch +arch-capabilities +clflushopt +movbe +pdpe1gb \
        +rdctl-no +rdseed +sha-ni +skip-l1dfl-vmentry +smap +ssbd +xgetbv1 +xsavec -avx -f16c
        Broadwell-noTSX-IBRS Intel 6.61 6.71 6.79 6.86 : Broadwell-v4
        Broadwell-v1 Intel 6.61 6.71 6.79 6.86 : Broadwell-v2 +hle +rtm
        Denverton-v3 Intel 6.95 : Denverton-v2 +xsaves
        Broadwell Intel 6.61 6.71 6.79 6.86 : Broadwell-v1
        Broadwell-v3 Intel 6.61 6.71 6.79 6.86 : Broadwell-v1 +spec-ctrl
        Denverton-v1 Intel 6.95 : Denverton-v2 +monitor +mpx
        Broadwell-IBRS Intel 6.61 6.71 6.79 6.86 : Broadwell-v3
        Denverton Intel 6.95 : Denverton-v1
        Skylake-Client-v3 Intel 6.78 6.94 6.142 6.158 : Broadwell-v4 +vme +xgetbv1 +xsavec !mpx
        Skylake-Client-noTSX-IBRS Intel 6.78 6.94 6.142 6.158 : Skylake-Client-v3 !mpx
        Skylake-Client-v1 Intel 6.78 6.94 6.142 6.158 : Broadwell-v1 +vme +xgetbv1 +xsavec !mpx
        Skylake-Client-v4 Intel 6.78 6.94 6.142 6.158 : Skylake-Client-v3 +xsaves !mpx
        Skylake-Client Intel 6.78 6.94 6.142 6.158 : Skylake-Client-v1 !mpx
        Skylake-Client-v2 Intel 6.78 6.94 6.142 6.158 : Skylake-Client-v1 +spec-ctrl !mpx
        Skylake-Client-IBRS Intel 6.78 6.94 6.142 6.158 : Skylake-Client-v2 !mpx
        KnightsMill-v1 Intel 6.133 : Broadwell-v2 +avx512-4fmaps +avx512-4vnniw +avx512-vpopcntdq +avx512cd \
        +avx512er +avx512f +avx512pf +pdpe1gb +ss +vme -invpcid -pcid -smap
        Snowridge-v4 Intel 6.134 : Denverton-v3 +cldemote +clwb +gfni +monitor +movdir64b +movdiri +umip -rdctl-no \
        -skip-l1dfl-vmentry
        KnightsMill Intel 6.133 : KnightsMill-v1
        Dhyana-v1 Hygon 24.0 : Skylake-Client-v3 +clflushopt +cr8legacy +fxsr_opt +ibpb +misalignsse +mmxext \
        +monitor +osvw +pdpe1gb +sse4a +svm +topoext -aes -erms -invpcid -pcid -pclmuldq -spec-ctrl -tsc-deadline \
        -x2apic !monitor
        Snowridge-v2 Intel 6.134 : Snowridge-v4 +core-capability +split-lock-detect -xsaves
        Dhyana Hygon 24.0 : Dhyana-v1 !monitor
        Snowridge-v1 Intel 6.134 : Snowridge-v2 +mpx
        Snowridge-v3 Intel 6.134 : Snowridge-v2 +xsaves
        Snowridge Intel 6.134 : Snowridge-v1
        EPYC-v1 AMD 23.1 : Dhyana-v1 +aes +pclmuldq +sha-ni -ibpb !monitor
        EPYC AMD 23.1 : EPYC-v1 !monitor
        Dhyana-v2 Hygon 24.0 : Dhyana-v1 +npt +nrip-save +xsaves !monitor
        EPYC-v2 AMD 23.1 : EPYC-v1 +ibpb !monitor
        EPYC-IBPB AMD 23.1 : EPYC-v2 !monitor
        Skylake-Server-v3 Intel 6.85.0-4 : Skylake-Client-v3 +avx512bw +avx512cd +avx512dq +avx512f +avx512vl +clwb \
        +pdpe1gb +pku !mpx
        Skylake-Server-v4 Intel 6.85.0-4 : Skylake-Server-v3 !mpx
        Skylake-Server-noTSX-IBRS Intel 6.85.0-4 : Skylake-Server-v3 !mpx
        Skylake-Server-v5 Intel 6.85.0-4 : Skylake-Server-v3 +xsaves !mpx
        Skylake-Server-v1 Intel 6.85.0-4 : Skylake-Server-v3 +clflushopt +hle +rtm -spec-ctrl !mpx
        Skylake-Server-v2 Intel 6.85.0-4 : Skylake-Server-v3 +hle +rtm !mpx
        Skylake-Server Intel 6.85.0-4 : Skylake-Server-v1 !mpx
        Skylake-Server-IBRS Intel 6.85.0-4 : Skylake-Server-v2 !mpx
        Cascadelake-Server-v1 Intel 6.85.5-7 : Skylake-Server-v1 +avx512vnni +spec-ctrl +ssbd !mpx
        EPYC-v3 AMD 23.1 : Dhyana-v2 +aes +clzero +pclmuldq +perfctr_core +sha-ni +xsaveerptr !monitor
        EPYC-v4 AMD 23.1 : EPYC-v3 !monitor
        Cascadelake-Server Intel 6.85.5-7 : Cascadelake-Server-v1 !mpx
        Cascadelake-Server-v3 Intel 6.85.5-7 : Cascadelake-Server-v1 +arch-capabilities +ibrs-all +mds-no +rdctl-no \
        +skip-l1dfl-vmentry -hle -rtm !mpx
        Cascadelake-Server-v4 Intel 6.85.5-7 : Cascadelake-Server-v3 !mpx
        Cascadelake-Server-noTSX Intel 6.85.5-7 : Cascadelake-Server-v3 !mpx
        Cascadelake-Server-v5 Intel 6.85.5-7 : Cascadelake-Server-v3 +xsaves !mpx
        Cascadelake-Server-v2 Intel 6.85.5-7 : Cascadelake-Server-v3 +hle +rtm !mpx
        EPYC-Rome-v1 AMD 23.49 : EPYC-v3 +amd-stibp +clwb +rdpid +umip +wbnoinvd
        EPYC-Rome AMD 23.49 : EPYC-Rome-v1
        EPYC-Rome-v4 AMD 23.49 : EPYC-Rome-v1 +amd-ssbd +ibrs -xsaves
        EPYC-Rome-v2 AMD 23.49 : EPYC-Rome-v4 +xsaves
        EPYC-Rome-v3 AMD 23.49 : EPYC-Rome-v2
        YongFeng-v1 VIA 7.11 : Broadwell-v4 +ace2 +acpi +arch-capabilities +invtsc +mds-no +monitor +pdpe1gb +phe \
        +phe-en +pku +pmm +pmm-en +pschange-mc-no +rdctl-no +rdpid +sha-ni +skip-l1dfl-vmentry +ss +ssb-no +umip \
        +vme +xcrypt +xcrypt-en +xstore +xstore-en -arat -erms
        YongFeng-v2 VIA 7.91 : YongFeng-v1
        YongFeng VIA 7.11 : YongFeng-v1
        Icelake-Server-v2 Intel 6.106 6.108 : Cascadelake-Server-v1 +avx512-vpopcntdq +avx512bitalg +avx512vbmi \
        +avx512vbmi2 +gfni +la57 +umip +vaes +vpclmulqdq +wbnoinvd -hle -rtm !mpx !intel-pt
        Icelake-Server-noTSX Intel 6.106 6.108 : Icelake-Server-v2 !mpx !intel-pt
        Cooperlake-v1 Intel 6.85.10-11 : Cascadelake-Server-v2 +avx512-bf16 +pschange-mc-no +stibp +taa-no
        Cooperlake Intel 6.85.10-11 : Cooperlake-v1
        Cooperlake-v2 Intel 6.85.10-11 : Cooperlake-v1 +xsaves
        Icelake-Server-v1 Intel 6.106 6.108 : Icelake-Server-v2 +hle +rtm !mpx !intel-pt
        Icelake-Server Intel 6.106 6.108 : Icelake-Server-v1 !mpx !intel-pt
        EPYC-Milan-v1 AMD 25.1 : EPYC-Rome-v2 +erms +fsrm +invpcid +pcid +pku +svme-addr-chk
        EPYC-Milan AMD 25.1 : EPYC-Milan-v1
        Icelake-Server-v3 Intel 6.106 6.108 : Icelake-Server-v2 +arch-capabilities +ibrs-all +mds-no +pschange-mc-no \
        +rdctl-no +skip-l1dfl-vmentry +taa-no !mpx !intel-pt
        Icelake-Server-v4 Intel 6.106 6.108 : Icelake-Server-v3 +avx512ifma +fsrm +rdpid +sha-ni !mpx !intel-pt
        EPYC-Milan-v2 AMD 25.1 : EPYC-Milan-v1 +amd-psfd +lfence-always-serializing +no-nested-data-bp \
        +null-sel-clr-base +stibp-always-on +vaes +vpclmulqdq
        Icelake-Server-v5 Intel 6.106 6.108 : Icelake-Server-v4 +xsaves !mpx !intel-pt
        Icelake-Server-v6 Intel 6.106 6.108 : Icelake-Server-v5 !mpx !intel-pt
        SierraForest-v1 Intel 6.175 : Icelake-Server-v5 +avx-ifma +avx-ne-convert +avx-vnni +avx-vnni-int8 \
        +bus-lock-detect +cmpccxadd +fbsdp-no +fsrs +mcdt-no +pbrsb-no +psdp-no +sbdr-ssdp-no +serialize \
        -avx512-vpopcntdq -avx512bitalg -avx512bw -avx512cd -avx512dq -avx512f -avx512ifma -avx512vbmi -avx512vbmi2 \
        -avx512vl -avx512vnni -la57 -taa-no
        SierraForest Intel 6.175 : SierraForest-v1
        Icelake-Server-v7 Intel 6.106 6.108 : Icelake-Server-v5 +hle +rtm !mpx !intel-pt
        SierraForest-v2 Intel 6.175 : SierraForest-v1 +bhi-ctrl +cldemote +gds-no +intel-psfd +ipred-ctrl +lam \
        +movdir64b +movdiri +rfds-no +rrsba-ctrl +ss +tsc_adjust
        SapphireRapids-v1 Intel 6.143 : Icelake-Server-v7 +amx-bf16 +amx-int8 +amx-tile +avx-vnni +avx512-bf16 \
        +avx512-fp16 +bus-lock-detect +fsrc +fsrs +fzrm +serialize +tsx-ldtrk +xfd
        SapphireRapids Intel 6.143 : SapphireRapids-v1
        EPYC-Genoa-v1 AMD 25.17 : EPYC-Milan-v2 +auto-ibrs +avx512-bf16 +avx512-vpopcntdq +avx512bitalg +avx512bw \
        +avx512cd +avx512dq +avx512f +avx512ifma +avx512vbmi +avx512vbmi2 +avx512vl +avx512vnni +gfni +la57 +vnmi
        EPYC-Genoa AMD 25.17 : EPYC-Genoa-v1
        SapphireRapids-v2 Intel 6.143 : SapphireRapids-v1 +fbsdp-no +psdp-no +sbdr-ssdp-no
        ClearwaterForest-v1 Intel 6.221 : SierraForest-v2 +avx-vnni-int16 +bhi-no +ddpd-u +prefetchiti +sha512 +sm3 \
        +sm4
        ClearwaterForest Intel 6.221 : ClearwaterForest-v1
        GraniteRapids-v1 Intel 6.173 6.174 : SapphireRapids-v2 +amx-fp16 +mcdt-no +pbrsb-no +prefetchiti
        GraniteRapids Intel 6.173 6.174 : GraniteRapids-v1
        SapphireRapids-v3 Intel 6.143 : SapphireRapids-v2 +cldemote +movdir64b +movdiri +ss +tsc_adjust
        GraniteRapids-v2 Intel 6.173 6.174 : SapphireRapids-v3 +amx-fp16 +avx10 +avx10-128 +avx10-256 +avx10-512 \
        +mcdt-no +pbrsb-no +prefetchiti
        """
}
