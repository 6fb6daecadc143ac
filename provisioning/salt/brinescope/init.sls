{#- Installs the exporter on a Salt master from its Debian package: put brinescope.deb into files/, this folder into file_roots.
    Pillar (all optional): brinescope: { user: salt, config: { … as in brinescope.yml }, args: "" } #}
{%- set settings = salt['pillar.get']('brinescope', {}) %}
{%- set user = settings.get('user', 'salt') %}

brinescope-package:
  pkg.installed:
    - sources:
      - brinescope: salt://brinescope/files/brinescope.deb

brinescope-config:
  file.managed:
    - name: /etc/brinescope/brinescope.yml
    - contents: |
        # Written by the Salt state brinescope.
        {{ settings.get('config', {'role': 'master'}) | yaml(false) | indent(8) }}
    - user: root
    - group: {{ user }}
    - mode: '0640'
    # A wrong configuration never replaces a right one.
    - check_cmd: /usr/bin/brinescope --check-config --config.file
    - require:
      - pkg: brinescope-package

brinescope-arguments:
  file.managed:
    - name: /etc/default/brinescope
    - contents: |
        # Written by the Salt state brinescope.
        ARGS={{ settings.get('args', '') | yaml_dquote }}
    - require:
      - pkg: brinescope-package

{%- if user != 'salt' %}

brinescope-user:
  file.managed:
    - name: /etc/systemd/system/brinescope.service.d/user.conf
    - makedirs: True
    - contents: |
        [Service]
        User={{ user }}
        Group={{ user }}
  module.run:
    - name: service.systemctl_reload
    - onchanges:
      - file: brinescope-user
    - require_in:
      - service: brinescope-service
{%- endif %}

brinescope-service:
  service.running:
    - name: brinescope
    - enable: True
    - watch:
      - pkg: brinescope-package
      - file: brinescope-config
      - file: brinescope-arguments
{%- if user != 'salt' %}
      - file: brinescope-user
{%- endif %}
